"""The way in and out: networks of PyTorch, Keras and ONNX files, read and written."""
