"""Questions of stored rows in words, for titles and headings."""

from __future__ import annotations

from benchmarks.measure import frames
from benchmarks.measure.frames import Record
from benchmarks.measure.sizes import parse_network
from benchmarks.show.tables import numbers

QUESTIONS = {
    "forward": "one sample at a time",
    "forward_batch": "a batch of {samples}",
    "gradient": "the gradient over {samples}",
    "train": "training, an iteration over {samples}",
    "serve": "predictions of {samples}",
    "predict": "predictions of {samples}",
    "fit": "a fit",
    "train_many": "the training of many networks",
    "embedded": "one sample at a time, called from compiled code",
}
SHORT_QUESTIONS = {"gradient": ["gradient"], "train": ["an iteration of training"]}
UNNAMED = "Layers whose activations a network's name leaves out are logistic, as in the article."


def network(one: Record) -> str:
    """A row's network: `24-8-2-tanh-identity`, `3-3-1 (logistic)`, `... (weights 1f0c...)`.

    So nobody takes the times of logistic networks for those of another activation.
    """
    return frames.network(one, ["logistic"] if is_logistic(str(one["workload"])) else [])


def is_logistic(name: str) -> bool:
    """True for the name of a network that is logistic in every layer."""
    try:
        return parse_network(name).activations is None
    except ValueError:
        return False


def title(one: Record) -> str:
    """A row's question: `3-3-1 (logistic), one sample at a time, float64, 1 thread`."""
    return f"{network(one)}, {asked(one)}"


def asked(one: Record) -> str:
    """A row's question without its network: `one sample at a time, float64, 1 thread`."""
    operation = QUESTIONS.get(one["operation"], str(one["operation"]))
    what = operation.format(samples=numbers.count(one["rows"] or 1, "sample"))
    if one["training"]:
        what = f"training ({one['training']}), a step"
    threads = numbers.count(one["threads"] or 1, "thread")
    return f"{what}, {one['dtype']}, {threads}"


def asked_for(one: Record) -> list[str]:
    """The operation in short, if it needs to be told."""
    return SHORT_QUESTIONS.get(one["operation"], [])


def short_title(one: Record) -> str:
    """A row's question without defaults: `3-3-1`, `64-30-10 × 1078, gradient, 2 threads`."""
    parts = [frames.network(one) + (f" × {one['rows']}" if (one["rows"] or 1) > 1 else "")]
    parts += [f"a step of {one['training']}"] if one["training"] else asked_for(one)
    parts += [one["dtype"]] if one["dtype"] != "float64" else []
    threads = one["threads"] or 1
    parts += [numbers.count(threads, "thread")] if threads > 1 else []
    return ", ".join(parts)
