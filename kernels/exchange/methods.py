"""The methods of a network that read and write what other libraries have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernels.network import Network


class Exchange:
    """A base class of `Network` alone, whose methods are documented there."""

    __slots__ = ()

    @classmethod
    def from_torch(cls, module: Any) -> Network:
        """The network that a module of PyTorch computes in evaluation mode.

        Parameters
        ----------
        module : a torch.nn.Linear, a Sequential of layers, or a module whose `forward` applies one
            layer after the other. docs/guide/exchange.md lists the layers.

        Returns
        -------
        Network
            With a copy of the parameters in float64; batch normalization is folded into them.

        Raises
        ------
        TypeError
            If it is no module.
        ValueError
            If a layer cannot be converted, or the layers do not fit each other; the message names
            the place and what could be.
        """
        from kernels.exchange import torch_reading

        return torch_reading.network_of(module)

    def to_torch(self: Any, dtype: Any = "float64") -> Any:
        """A torch.nn.Sequential that computes the same, with a copy of the parameters.

        A shift is its first layer, which subtracts in float64.

        Parameters
        ----------
        dtype : "float64" or "float32", in which it computes

        Raises
        ------
        NotInstalledError
            If PyTorch is not installed.
        TypeError, ValueError
            If the dtype is another, or a parameter is not finite in it.
        """
        from kernels.exchange import torch_writing

        return torch_writing.module_of(self, dtype)

    @classmethod
    def from_keras(cls, model: Any) -> Network:
        """The network that a model of Keras 3 computes when it predicts.

        Parameters
        ----------
        model : a Sequential, or a functional model in which one layer follows the other.
            docs/guide/exchange.md lists the layers.

        Returns
        -------
        Network
            As `from_torch`.

        Raises
        ------
        TypeError, ValueError
            As `from_torch`.
        """
        from kernels.exchange import keras

        return keras.network_of(model)

    @classmethod
    def from_onnx(cls, model: Any) -> Network:
        """The network that an ONNX model computes.

        Parameters
        ----------
        model : the path of a file, its bytes, or an onnx.ModelProto, in which one layer follows the
            other. docs/guide/exchange.md lists the operators.

        Returns
        -------
        Network
            With a copy of the parameters in float64; what is affine is folded into them.

        Raises
        ------
        NotInstalledError
            If the package onnx is not installed.
        TypeError, ValueError
            If it is no model, or a node cannot be converted; the message names the node.
        OSError
            If the file cannot be read.
        """
        from kernels.exchange import onnx_reading

        return onnx_reading.network_of(model)

    def to_onnx(self: Any, path: str | os.PathLike[str], dtype: Any = "float64") -> None:
        """Write the network to `path` as an ONNX model from X (m, s_1) to Y (m, s_L).

        The file is written completely or not at all. With a shift, X is float64.

        Parameters
        ----------
        dtype : "float64" or "float32", in which it computes

        Raises
        ------
        NotInstalledError
            If the package onnx is not installed.
        TypeError, ValueError
            If the dtype is another, or a parameter is not finite in it.
        OSError
            If the file cannot be written.
        """
        from kernels.exchange import onnx_writing

        onnx_writing.save(self, path, dtype)
