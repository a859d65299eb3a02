"""The article's Russian terms with their English translation and the section that introduces each.

A test looks up every word in the article's, and with the article's text at hand whole phrases too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term of the article.

    `russian` is the dictionary form; `printed` is the form that stands in the section which
    introduces the term, if it differs. A section without a dot is the opening text of a chapter.
    """

    english: str
    russian: str
    section: str
    meaning: str
    printed: str = ""

    @property
    def as_printed(self) -> str:
        """The form that stands in the article."""
        return self.printed or self.russian


TERMS = (
    Term("artificial neuron", "искусственный нейрон", "2.1", "a node"),
    Term("activation function", "активационная функция", "2.1", "f, from a node's z to its h"),
    Term("sigmoid", "сигмоидальная функция", "2.1", "f(z) = 1 / (1 + exp(−z)); logistic"),
    Term("derivative", "производная", "2.1", "f′", "производную"),
    Term("input", "вход", "2.1", "x of the network, z of a node"),
    Term("output", "выход", "2.1", "h of a node or of the network"),
    Term("node", "узел", "2.2", "weighted sum, then activation function"),
    Term("perceptron", "перцептрон", "2.2", "another word for a node", "перцептроном"),
    Term("layer", "слой", "2.2", "nodes side by side, l = 1 … L", "слоев"),
    Term("weight", "вес", "2.2", "W[l], from layer l to layer l + 1"),
    Term("weighted input", "взвешенный вход", "2.2", "w x, and the sum of all: z = W h + b"),
    Term("bias", "смещение", "2.3", "b[l], of the nodes of layer l + 1"),
    Term("connection", "связь", "2.4", "what has a weight"),
    Term("structure", "структура", "2.4", "nodes per layer, `sizes`"),
    Term("neural network", "нейронная сеть", "2.4", "`Network`", "нейронной сети"),
    Term("input layer", "входной слой", "2.4", "h[1] = x", "входного слоя"),
    Term("hidden layer", "скрытый слой", "2.4", "h[2] … h[L−1]", "скрытого слоя"),
    Term("output layer", "выходной слой", "2.4", "h[L]", "выходного слоя"),
    Term(
        "output layer",
        "исходный слой",
        "2.4",
        "h[L] under its other name, which elsewhere would be the layer one starts from",
        "исходным слоем",
    ),
    Term("notation", "нотация", "2.5", "w_ij(l): to node i of layer l + 1 from node j of layer l"),
    Term(
        "forward pass",
        "прямое распространение",
        "2.5",
        "from x to h[L]; `forward`",
        "прямого распространения",
    ),
    Term("nested loops", "вложенные циклы", "3.2", "kernel `looped`"),
    Term("vectorisation", "векторизация", "3.4", "kernel `vectorized`"),
    Term("matrix multiplication", "умножение матриц", "3.5", "`W.dot(h)`, `W @ h`"),
    Term("matrix of weights", "матрица весов", "3.5", "W[l], a row for each node it leads to"),
    Term("elementwise multiplication", "поэлементное умножение", "3.5", "`a * b`"),
    Term(
        "supervised learning",
        "контролируемое обучение",
        "4",
        "training with pairs (x, y)",
        "контролируемом обучении",
    ),
    Term("error", "погрешность", "4", "y − h[L], or a measure of it"),
    Term("error", "ошибка", "4", "the same", "ошибки"),
    Term(
        "L1 norm of the error",
        "норма ошибки L1",
        "4",
        "sum of absolute differences",
        "норму ошибки L 1",
    ),
    Term("gradient", "градиент", "4", "dJ/dW, dJ/db; `gradient`"),
    Term("gradient descent", "градиентный спуск", "4", "W ← W − α dJ/dW; `train`"),
    Term("step", "шаг", "4", "α, and also one update"),
    Term(
        "iteration",
        "итерация",
        "4",
        "once through all samples, which here makes one update",
        "итерации",
    ),
    Term(
        "backpropagation",
        "обратное распространение",
        "4",
        "from δ[L] to δ[2]; the backward half of `gradient`",
    ),
    Term(
        "precision",
        "точность",
        "4",
        "the descent stops when a step moves x by less than this",
        "точностью",
    ),
    Term("minimum", "минимум", "4.1", "where the derivative is 0"),
    Term("cost function", "функция оценки", "4.2", "J = 1/m Σ ½ ‖y − h[L]‖²"),
    Term(
        "training example",
        "учебный экземпляр",
        "4.2",
        "one sample x with its target y",
        "учебного экземпляра",
    ),
    Term("L2 norm", "норма L2", "4.2", "‖y − h‖; the article means its square", "норму L 2"),
    Term("sum of squares", "сумма квадратов", "4.2", "‖y − h‖²", "сумму квадратов"),
    Term(
        "partial derivative",
        "частная производная",
        "4.3",
        "dJ/dw of one weight",
        "частными производными",
    ),
    Term("contour", "контур", "4.4", "a line of equal cost", "контуры"),
    Term(
        "chain rule",
        "правило дифференцирования сложной функции",
        "4.5",
        "dJ/dw = dJ/dh · dh/dz · dz/dw",
    ),
    Term("transposition", "трансформирование", "4.7", "Wᵀ"),
    Term("Hadamard product", "произведение Адамара", "4.7", "elementwise multiplication, ∙"),
    Term("label", "ярлык", "5", "the digit an image shows", "ярлыками"),
    Term("scaling", "масштабирование", "5.1", "`StandardScaler`"),
    Term("training set", "учебный набор", "5.2", "the images it is trained on", "учебные наборы"),
    Term("test set", "тестовый набор", "5.2", "the images it has not seen"),
    Term("overfitting", "переобучение", "5.2", "good on the training set alone", "переобучением"),
    Term("dictionary", "словарь", "5.4", "Python's `dict`: W and b by layer", "словари"),
    Term(
        "average cost",
        "средняя оценка",
        "5.4",
        "the series it plots; we take the mean of ‖y − h‖",
        "среднюю оценку",
    ),
    Term("accuracy", "точность", "5.5", "share of the test digits that it names right"),
)
