"""Steps that project all columns onto fewer."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.sklearn.affine import extended
from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import FINITE, Table


@step("PCA", "IncrementalPCA")
def pca(one: Any, table: Table) -> Table:
    """C (x - mean), divided by the components' deviations if the PCA whitens."""
    components = extended(one.components_)
    variances = one.explained_variance_ @ components**2 + one.noise_variance_
    affine = table.required(FINITE).affine.less(extended(one.mean_), np.sqrt(variances))
    affine = affine.projected(components)
    if one.whiten:
        deviations = np.sqrt(one.explained_variance_)
        smallest = np.finfo(deviations.dtype).eps
        affine = affine.scaled(1 / extended(np.maximum(deviations, smallest)))
    return table.with_map(affine)


@step("TruncatedSVD")
def truncated_svd(one: Any, table: Table) -> Table:
    """C x."""
    return table.with_map(table.required(FINITE).affine.projected(extended(one.components_)))
