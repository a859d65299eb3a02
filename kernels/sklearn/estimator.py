"""The estimator's side of compiled networks: what scikit-learn's tools ask of any estimator.

Scorers, inspection, calibration, ensembles and Pipelines then take a compiled network as they take
a fitted one. Nothing here inherits from scikit-learn, or imports it before one of its tools asks:
a compiled network also predicts where scikit-learn is not installed.

A compiled network was trained before. Like scikit-learn's `FrozenEstimator` it is its own clone,
and `fit` leaves it as it is. Unlike there, `fit` says so in a warning: a cross-validation or a
search calls it too, and would score a network that may have seen the test samples. Put into a
`FrozenEstimator`, which does not call `fit`, the network is used as it is without a warning.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kernels.sklearn import scoring
from kernels.support.checks import Array

if TYPE_CHECKING:
    from typing import Self

    from kernels.sklearn.conversion import Converted


class Estimator:
    """Methods of scikit-learn's estimators that do not depend on how predictions are made.

    A subclass has `predict` and the attributes that are declared here.
    """

    _estimator_type: ClassVar[str]
    """"classifier" or "regressor"."""
    _converted: Converted
    _check_finite: bool

    if TYPE_CHECKING:

        def predict(self, X: Any) -> Array: ...

    @property
    def feature_names_in_(self) -> Array:
        """The columns of the DataFrame that the estimator was fitted on, (n,) of strings.

        Raises
        ------
        AttributeError
            If it was fitted on an array, as scikit-learn's estimators do.
        """
        names = self._converted.takes.names
        if names is None:
            raise AttributeError(
                f"{type(self).__name__} has no feature_names_in_: it was fitted without names"
            )
        return np.array(names, object)

    def fit(self, X: Any = None, y: Any = None, sample_weight: Any = None) -> Self:
        """Return the estimator as it is, with a warning: it was trained before it was compiled.

        Ensembles of scikit-learn call `fit` of their members, and may do so. Scores of a
        cross-validation or a search would be wrong: cross-validate the original estimator. In a
        `sklearn.frozen.FrozenEstimator` there is no warning.
        """
        del X, y, sample_weight
        warnings.warn(
            f"{type(self).__name__}.fit changes nothing: the network was trained before it was "
            "compiled. To cross-validate or tune, use the original estimator; to say that it is "
            "meant to stay as it is, use sklearn.frozen.FrozenEstimator",
            stacklevel=2,
        )
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return an empty dictionary: what was compiled has no parameters to set."""
        del deep
        return {}

    def set_params(self, **parameters: Any) -> Self:
        """Return the estimator.

        Raises
        ------
        ValueError
            If there are parameters to set: the original estimator has to be fitted with them.
        """
        if parameters:
            raise ValueError(
                f"{type(self).__name__} has no parameters to set, got {', '.join(parameters)}: "
                "set them on the original estimator, fit and compile it"
            )
        return self

    def __sklearn_clone__(self) -> Self:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        classifies = self._estimator_type == "classifier"
        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            classifier_tags=ClassifierTags(multi_label=True) if classifies else None,
            regressor_tags=None if classifies else RegressorTags(),
            input_tags=InputTags(sparse=True, allow_nan=not self._check_finite),
        )

    def _repr_html_(self) -> str | None:
        """The diagram of scikit-learn's estimators, for notebooks; None where it cannot be had."""
        try:
            from sklearn.utils import estimator_html_repr
        except ImportError:
            return None
        text: str = estimator_html_repr(self)
        return text


class Classifier(Estimator):
    """The estimator's side of a compiled classifier."""

    _estimator_type = "classifier"
    _labels: Array
    """The labels that are predicted."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy for samples X (m, s_1) and labels y (m,), as scikit-learn does.

        For several labels at once, y is (m, labels), and a sample counts if all are right.
        """
        return scoring.accuracy(y, self.predict(X), self._labels, sample_weight)


class Regressor(Estimator):
    """The estimator's side of a compiled regressor."""

    _estimator_type = "regressor"

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R^2 for samples X (m, s_1) and values y, (m,) or (m, s_L), as scikit-learn does.

        With several outputs it is the mean of each output's.
        """
        return scoring.r2(y, self.predict(X), sample_weight)
