"""Networks given on a command line: by sizes and other options, or as files of weights.

    --sizes 24-64-64-4 --activations relu --output softmax --loss log
    --sizes 24-64-64-4-relu-softmax-log
    --network my.npz

A file is one written by `Network.save`. Its network is named after its architecture, and a digest
identifies its *weights*: rows are compared only with rows of the same weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure.sizes import Named, named, parse_network
from kernels import Network
from kernels.parts import architecture

SIZES_HELP = (
    "The network, such as 24-64-64-4, or 24-64-64-4-relu-softmax-log with activations of hidden "
    "and output layers and a loss; may be given several times."
)
ACTIVATIONS_HELP = (
    "Activations: one for each layer after the inputs, such as relu,relu,softmax, or one for all "
    "hidden layers. Layers without one are logistic, as in the article."
)
OUTPUT_HELP = "Activation of the output layer."
LOSS_HELP = "Loss of gradients and trainings; a forward pass has none."
NETWORK_HELP = (
    "A file written by Network.save, which has its own weights and activations; may be given "
    "several times."
)
DIGITS_OF_DIGEST = 12


@dataclass(frozen=True)
class Asked:
    """A requested network: the parts of its name, and the source of weights from a file."""

    named: Named
    weights: str | None = None
    """The digest of the weights; None if they are drawn at random."""
    file: str | None = None
    """The absolute path of the file; None if there is none."""


@dataclass(frozen=True)
class Options:
    """The options that name networks, as they were typed."""

    sizes: Sequence[str] = ()
    activations: str | None = None
    output: str | None = None
    loss: str | None = None
    files: Sequence[Path] = ()

    def __bool__(self) -> bool:
        """True if any of them was given."""
        return any((self.sizes, self.activations, self.output, self.loss, self.files))


def asked_for(options: Options) -> list[Asked]:
    """The networks that options ask for.

    Raises ValueError for names and counts that do not fit, with those that do; OSError for a file
    that cannot be read.
    """
    if not options.files:
        if not options.sizes:
            raise ValueError(
                "no network is named: give --sizes, such as 24-64-64-4, or --network FILE"
            )
        return [Asked(with_options(text, options)) for text in options.sizes]
    given = {
        "sizes": options.sizes, "activations": options.activations, "output": options.output
    }  # fmt: skip
    if surplus := [f"--{name}" for name, value in given.items() if value]:
        raise ValueError(
            "a network from a file has its own sizes and activations: leave "
            f"{' and '.join(surplus)} out, or --network"
        )
    return [from_file(path, options.loss) for path in options.files]


def with_options(text: str, options: Options) -> Named:
    """The network of a name, with activations and loss from options if the name has none."""
    found = parse_network(text)
    functions = options.activations is not None or options.output is not None
    for option, part, there, given in (
        ("--activations and --output", "activations", found.activations, functions),
        ("--loss", "loss", found.loss, options.loss is not None),
    ):
        if there and given:
            raise ValueError(f"{text} already names its {part}: leave {option} out")
    chosen = activations(found.sizes, options) if functions else found.activations
    return named(found.sizes, chosen, found.loss if options.loss is None else options.loss)


def activations(sizes: tuple[int, ...], options: Options) -> list[str]:
    """One name for each layer after the first: logistic where no option names another.

    Raises ValueError if the names do not fit the number of layers.
    """
    found, names = list(architecture.article(sizes)), []
    hidden = len(found) - 1
    if options.activations is not None:
        names = [name.strip() for name in options.activations.split(",")]
        if len(names) == 1 and hidden:
            names *= hidden
        elif len(names) != (len(found) if options.output is None else hidden):
            raise ValueError(wrong_count(sizes, options))
    found[: len(names)] = names
    if options.output is not None:
        found[-1] = options.output
    return found


def wrong_count(sizes: tuple[int, ...], options: Options) -> str:
    """A message on too few or too many activations, with the numbers that fit."""
    hidden, text = len(sizes) - 2, "-".join(map(str, sizes))
    every = ["1 for all hidden layers"] if hidden else []
    if options.output is None:
        fitting = [f"{hidden + 1}, one for each layer after the inputs", *every]
    else:
        fitting = [*([f"{hidden}, one for each hidden layer"] if hidden > 1 else []), *every]
    numbers = ", or ".join(fitting) or "none"
    beside = "" if options.output is None else " beside --output"
    return f"--activations {options.activations} does not fit {text}: it takes {numbers}{beside}"


def from_file(path: Path, loss: str | None = None) -> Asked:
    """The network of a file.

    Raises OSError if it cannot be read, ValueError if it holds no network or the loss does not fit.
    """
    network = Network.load(path)
    found = named(network.sizes, network.activations, loss)
    return Asked(found, digest(network), str(path.resolve()))


def digest(network: Network) -> str:
    """Twelve hexadecimal digits that identify the parameters, and the shift if there is one."""
    parts = [network.theta] if network.shift is None else [network.theta, network.shift]
    content = b"".join(part.astype("<f8").tobytes() for part in parts)
    return hashlib.sha256(content).hexdigest()[:DIGITS_OF_DIGEST]


def load(file: str | None, weights: str) -> Network:
    """The network in a file, whose weights must have this digest.

    Raises OSError if the file cannot be read, ValueError if it is None or has other weights.
    """
    if file is None:
        raise ValueError(f"the file of the weights {weights} is not known")
    network = Network.load(file)
    if digest(network) != weights:
        raise ValueError(f"{Path(file).name} has other weights than it had at first")
    return network
