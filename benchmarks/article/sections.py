"""The article's sections: number, titles, content, and the places of the code for each.

Everything that refers to a section takes it from here; a test checks every § in the repository.
"""

from __future__ import annotations

from dataclasses import dataclass

ARTICLE = "Пишем свою нейросеть: пошаговое руководство"
"""The article's title; our copy names neither its address nor its author."""


@dataclass(frozen=True)
class Opening:
    """The untitled text of a chapter before its first section.

    `places` are files, definitions as `file:name`, or commands as they are typed.
    """

    number: str
    says: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A section with the article's number and title; `places` are as in `Opening`."""

    number: str
    title: str
    russian: str
    says: str
    places: tuple[str, ...]

    @property
    def chapter(self) -> str:
        """Number of the chapter: that before the dot."""
        return self.number.partition(".")[0]


CHAPTERS = {
    "2": "Nodes and networks",
    "3": "The forward pass",
    "4": "Gradient descent and optimisation",
    "5": "Handwritten digits",
}
"""Titles of the chapters, of our choice: our copy has no headings of chapters."""

OPENINGS = (
    Opening(
        "3",
        "What a network of three layers computes, node by node, as four equations.",
        ("kernels/proof/reference.py",),
    ),
    Opening(
        "4",
        "The error of an output is its distance from the target, abs(2 − 5) = 3 for one number; "
        "steps against the gradient make it smaller, until a precision is reached.",
        (
            "benchmarks/article/descent.py:descend",
            "benchmarks/article/parabola.py",
            "benchmarks/show/pictures/plots.py:steps",
        ),
    ),
    Opening(
        "5",
        "scikit-learn's digits of 8×8 pixels, which the article calls MNIST, are to be recognised.",
        ("benchmarks/measure/digits.py:images", "benchmarks/show/pictures/plots.py:digit"),
    ),
)

SECTIONS = (
    Section(
        "2.1",
        "The artificial neuron",
        "Искусственный нейрон",
        "A neuron is a switch without a jump: the sigmoid rises from 0 to 1 and has a derivative.",
        (
            "kernels/parts/sigmoid.py:sigmoid",
            "kernels/codegen/emit/exponential.py",
            "benchmarks/article/algorithm.py:f",
            "benchmarks/show/pictures/plots.py:sigmoid",
        ),
    ),
    Section(
        "2.2",
        "Nodes",
        "Узлы",
        "A node weighs its inputs, sums them and a bias, and puts the sum z through f; h comes "
        "out.",
        ("kernels/rungs/looped.py:activations", "benchmarks/show/pictures/diagrams.py:node"),
    ),
    Section(
        "2.3",
        "The bias",
        "Смещение",
        "A weight sets how steeply a node's output rises, a bias where: only so can it wait for "
        "x > 1.",
        (
            "kernels/network.py:Network",
            "benchmarks/show/pictures/plots.py:weights",
            "benchmarks/show/pictures/plots.py:biases",
            "benchmarks/show/pictures/diagrams.py:node_with_one_input",
            "benchmarks/show/pictures/diagrams.py:node_with_bias",
        ),
    ),
    Section(
        "2.4",
        "Putting the structure together",
        "Составленная структура",
        "Layers of nodes, input, hidden and output; each node is connected with all of the next "
        "layer.",
        ("kernels/network.py:Network", "benchmarks/show/pictures/diagrams.py:structure"),
    ),
    Section(
        "2.5",
        "Notation",
        "Обозначение",
        "w_ij(l) leads from node j of layer l to node i of layer l+1; b_i(l) is a bias, h_j(l) an "
        "output.",
        (
            "kernels/network.py",
            "kernels/network.py:views",
            "benchmarks/article/algorithm.py:dictionaries",
        ),
    ),
    Section(
        "3.1",
        "A worked example of the forward pass",
        "Пример прямого распространения",
        "The weights between two layers are a matrix: 3-3-1 as NumPy arrays.",
        ("kernels/proof/results.py:EXAMPLE",),
    ),
    Section(
        "3.2",
        "A first attempt at the forward pass",
        "Первая попытка реализовать процесс прямого распространения",
        "Nested loops over layers, nodes and inputs; the example's output is 0.8354, and putting "
        "the numbers into the equations gives the same.",
        ("kernels/rungs/looped.py:activations", "kernels/proof/results.py:worked_example"),
    ),
    Section(
        "3.3",
        "A more efficient implementation",
        "Более эффективная реализация",
        "IPython times the loops: about 40 µs with three layers, 70 µs with four.",
        (
            "benchmarks/measure/timing.py:as_timeit",
            "kernels/rungs/jitted.py",
            "python -m benchmarks article",
        ),
    ),
    Section(
        "3.4",
        "Vectorisation in neural networks",
        "Векторизация в нейронных сетях",
        "The equations of single nodes become two of whole layers: z(l+1) = W(l) h(l) + b(l), "
        "h(l+1) = f(z(l+1)).",
        ("kernels/rungs/vectorized.py",),
    ),
    Section(
        "3.5",
        "Matrix multiplication",
        "Умножение матриц",
        "W h + b written out, and NumPy's dot for the loops: 24 µs less with four layers, 84 µs "
        "against 41 ms at 100-100-50-10; TensorFlow and Theano are more efficient still.",
        (
            "kernels/rungs/vectorized.py:Kernel.sample_forward",
            "kernels/rungs/batched.py:propagate",
            "kernels/peers/tensorflow.py",
            "kernels/peers/pytensor.py",
            "python -m benchmarks article",
            "python -m benchmarks ladder",
        ),
    ),
    Section(
        "4.1",
        "A simple example in code",
        "Простой пример на коде",
        "Step by step to the minimum of x⁴ − 3x³ + 2: the code ends at 2.249965, the minimum is "
        "at 2.25.",
        ("benchmarks/article/descent.py", "python -m benchmarks article"),
    ),
    Section(
        "4.2",
        "The cost function",
        "Функция оценки",
        "J is half the squared distance of output and target for one pair, and its mean for all.",
        ("kernels/results.py:Gradient", "kernels/parts/losses/squared.py:Squared"),
    ),
    Section(
        "4.3",
        "Gradient descent in neural networks",
        "Градиентный спуск в нейронных сетях",
        "Each weight and bias takes a step against the partial derivative of J by it.",
        ("kernels/interface.py:Plan.gradient", "kernels/supplied.py:Supplied.descend"),
    ),
    Section(
        "4.4",
        "An example of descent in two dimensions",
        "Пример двумерного градиентного спуска",
        "With two variables the gradient is a vector, at p1 [2.1, 0.7]; steps lead on to p2 and "
        "p3.",
        (
            "kernels/results.py:Gradient",
            "benchmarks/article/bowl.py",
            "benchmarks/show/pictures/plots.py:contours",
        ),
    ),
    Section(
        "4.5",
        "Backpropagation in depth",
        "Углубляемся в обратное распространение",
        "By the chain rule the derivative of J by a weight of the last layer has three factors; "
        "two of them make up δ.",
        (
            "kernels/rungs/looped.py:Kernel.sample_gradient",
            "kernels/proof/reference.py:output_delta",
            "benchmarks/article/algorithm.py:output_delta",
            "benchmarks/article/backpropagation.py:three_factors",
        ),
    ),
    Section(
        "4.6",
        "Propagation into hidden layers",
        "Распространение в скрытых слоях",
        "A hidden node's δ is the weighted sum of the next layer's, times f'(z); δ and h give all "
        "derivatives.",
        (
            "kernels/rungs/looped.py:hidden_delta",
            "benchmarks/article/backpropagation.py:hidden_delta_from_several",
            "benchmarks/show/pictures/diagrams.py:delta_several",
        ),
    ),
    Section(
        "4.7",
        "Vectorised backpropagation",
        "Векторизация обратного распространения",
        "The shapes of h and δ do not fit as they stand: transposes, and an elementwise product "
        "for f'(z).",
        (
            "kernels/rungs/vectorized.py:Kernel.sample_gradient",
            "kernels/rungs/batched.py:gradient",
            "benchmarks/article/algorithm.py:hidden_delta",
        ),
    ),
    Section(
        "4.8",
        "Implementing the gradient descent step",
        "Реализация этапа градиентного спуска",
        "ΔW and Δb sum the derivatives over all samples; then W and b take one step against the "
        "mean.",
        (
            "kernels/supplied.py:Supplied.batch_gradient",
            "kernels/supplied.py:Supplied.descend",
            "benchmarks/article/algorithm.py:zero_sums",
        ),
    ),
    Section(
        "4.9",
        "The final gradient descent algorithm",
        "Конечный алгоритм градиентного спуска",
        "From random weights: in each iteration forward and backward through every sample, then "
        "the step.",
        ("kernels/interface.py:Plan.train", "benchmarks/article/algorithm.py:train"),
    ),
    Section(
        "5.1",
        "Scaling the data",
        "Масштабирование данных",
        "StandardScaler makes the pixels comparable by subtracting and dividing.",
        ("benchmarks/measure/digits.py:scaled",),
    ),
    Section(
        "5.2",
        "Test and training sets",
        "Создание тестов и учебных наборов данных",
        "Against overfitting 40 % of the images, drawn at random, are kept out of the training.",
        ("benchmarks/measure/digits.py:split",),
    ),
    Section(
        "5.3",
        "Setting up the output layer",
        "Настройка выходного слоя",
        "Ten output nodes, one for each digit; a label becomes a vector with a 1 in its place.",
        ("benchmarks/measure/digits.py:split", "benchmarks/article/algorithm.py:one_hot"),
    ),
    Section(
        "5.4",
        "Creating the neural network",
        "Создаем нейросеть",
        "64 inputs, a hidden layer, 10 outputs: the algorithm in Python, 3000 iterations in "
        "several minutes, and an average cost that falls.",
        (
            "benchmarks/experiments/article/experiment.py:run",
            "kernels/network.py:Network.random",
            "python -m benchmarks train",
            "benchmarks/article/algorithm.py:train",
            "benchmarks/show/pictures/plots.py:average_cost",
        ),
    ),
    Section(
        "5.5",
        "Assessing the accuracy of the model",
        "Оценка точности модели",
        "The largest output names the digit: 86 % of the test images are recognised, which the "
        "article calls little beside 99.7 %.",
        (
            "benchmarks/measure/digits.py:accuracy_percent",
            "python -m benchmarks train",
            "benchmarks/article/algorithm.py:predict",
        ),
    ),
)
