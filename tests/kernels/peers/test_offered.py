"""Peers take every activation and loss that their libraries have, and refuse the others."""

from __future__ import annotations

import pytest

import kernels
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import Architecture
from kernels.proof import results

REFUSED = {
    ("keras", "float64"): {"gelu", "gelu_tanh", "leaky_relu"},
    ("litert", "float32"): {"softplus", "exp"},
    ("onnx-runtime", "float64"): {"gelu"},
    ("onnx-runtime-run", "float64"): {"gelu"},
}
"""What a library does not have in a dtype, or computes wrongly: its page says which, and why."""
HIDDEN = [Architecture((5, 9, 4), (n, "identity")) for n, f in ACTIVATIONS.items() if f.hidden]
OUTPUT = [Architecture((5, 4), (output,), loss) for output, loss in results.ends()]
OTHERS = [name for name in kernels.PEERS if name != "scikit-learn"]
"""scikit-learn's networks have one hidden activation, as its own tests show."""
KNOWN = [(name, dtype) for name in OTHERS for dtype in kernels.find(name).dtypes]


@pytest.mark.parametrize(("name", "dtype"), KNOWN)
def test_a_peer_refuses_what_its_library_lacks_and_nothing_else(name: str, dtype: str) -> None:
    offers = kernels.find(name).offers
    refused = {what.activations[0] for what in HIDDEN + OUTPUT if not offers(what, dtype)}
    assert refused == REFUSED.get((name, dtype), set())
