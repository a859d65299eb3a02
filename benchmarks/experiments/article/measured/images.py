"""Statements of §5.1 to §5.5 on the images, and the accuracy of other classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.article import statements
from benchmarks.measure import digits
from benchmarks.measure.rows import Row


def describe() -> list[Row]:
    """Number of images, and range of their pixels before and after scaling."""
    pixels, scaled = digits.images()[0], digits.scaled()
    return [
        *statements.rows("statement data", images=len(pixels)),
        *statements.rows("statement pixels", lowest=pixels.min(), highest=pixels.max()),
        *statements.rows("statement interval", levels=len(np.unique(pixels))),
        *statements.rows(
            "statement scaling",
            scaled_lowest=scaled.min(),
            scaled_highest=scaled.max(),
            within_percent=100 * float(np.mean(np.abs(scaled) <= 2)),
            constant_pixels=np.sum(pixels.std(axis=0) == 0),
        ),
    ]


def others(seed: int) -> list[Row]:
    """Accuracy of scikit-learn's classifiers with default settings on the article's split."""
    data = digits.split(seed)
    labels = data.Y_train.argmax(axis=1)
    found = {
        name: 100 * classifier.fit(data.X_train, labels).score(data.X_test, data.labels_test)
        for name, classifier in classifiers(seed).items()
    }
    about = Row("", operation="train", rows=len(labels), seed=seed)
    return statements.rows("statement others", about, **found)


def classifiers(seed: int) -> dict[str, Any]:
    """Support vector machine, nearest neighbours, and a network of the article's sizes."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    return {
        "svc_percent": SVC(),
        "neighbours_percent": KNeighborsClassifier(),
        "mlp_percent": MLPClassifier(digits.SIZES[1:-1], max_iter=1000, random_state=seed),
    }
