"""The sections of the article, by number: English and Russian title.

Whatever speaks of a section takes it from here, and a test holds every § in the repository to it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One section, as the article numbers and titles it."""

    number: str
    title: str
    russian: str

    @property
    def chapter(self) -> str:
        """The number before the dot."""
        return self.number.partition(".")[0]


ARTICLE = "Пишем свою нейросеть: пошаговое руководство"
"""The article's title; the copy we have carries neither address nor author."""

CHAPTERS = {
    "2": "Nodes and networks",
    "3": "The forward pass",
    "4": "Gradient descent and optimisation",
    "5": "Handwritten digits",
}
"""The article numbers its chapters without titles; these are ours. §4 and §5 open with a text."""

SECTIONS = (
    Section("2.1", "The artificial neuron", "Искусственный нейрон"),
    Section("2.2", "Nodes", "Узлы"),
    Section("2.3", "The bias", "Смещение"),
    Section("2.4", "Putting the structure together", "Составленная структура"),
    Section("2.5", "Notation", "Обозначение"),
    Section("3.1", "A worked example of the forward pass", "Пример прямого распространения"),
    Section(
        "3.2",
        "A first attempt at the forward pass",
        "Первая попытка реализовать процесс прямого распространения",
    ),
    Section("3.3", "A more efficient implementation", "Более эффективная реализация"),
    Section("3.4", "Vectorisation in neural networks", "Векторизация в нейронных сетях"),
    Section("3.5", "Matrix multiplication", "Умножение матриц"),
    Section("4.1", "A simple example in code", "Простой пример на коде"),
    Section("4.2", "The cost function", "Функция оценки"),
    Section("4.3", "Gradient descent in neural networks", "Градиентный спуск в нейронных сетях"),
    Section(
        "4.4", "An example of descent in two dimensions", "Пример двумерного градиентного спуска"
    ),
    Section("4.5", "Backpropagation in depth", "Углубляемся в обратное распространение"),
    Section("4.6", "Propagation into hidden layers", "Распространение в скрытых слоях"),
    Section("4.7", "Vectorised backpropagation", "Векторизация обратного распространения"),
    Section(
        "4.8", "Implementing the gradient descent step", "Реализация этапа градиентного спуска"
    ),
    Section(
        "4.9",
        "The final gradient descent algorithm",
        "Конечный алгоритм градиентного спуска",
    ),
    Section("5.1", "Scaling the data", "Масштабирование данных"),
    Section("5.2", "Test and training sets", "Создание тестов и учебных наборов данных"),
    Section("5.3", "Setting up the output layer", "Настройка выходного слоя"),
    Section("5.4", "Creating the neural network", "Создаем нейросеть"),
    Section("5.5", "Assessing the accuracy of the model", "Оценка точности модели"),
)
