"""The generated parts of README.md, a few lines of the results that docs/results has in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.article.figures import FIGURES
from benchmarks.measure import frames, machines, verdicts
from benchmarks.show.figures import rankings
from benchmarks.show.pages.result_pages import picture, small
from benchmarks.show.tables import (
    article_table,
    ladder_table,
    markdown,
    numbers,
    ranks,
    recommend,
)
from kernels import LADDER

if TYPE_CHECKING:
    import pandas as pd

NETWORK = "100-100-50-10"
"""The article's largest network, which single numbers of the first page are about."""
DIGITS = {
    ("forward", "64-30-10"): "one sample",
    ("batch-digits", "64-30-10"): "1078 samples",
    ("gradient", "64-30-10"): "gradient of 1078",
    ("adam-32", "64-30-10-relu-softmax-log"): "step of Adam, 32 samples *",
}
"""The questions on the network for the digits: run, network, and the heading of its column."""
NATIVE = ("c", "eigen")
"""The peers that are programs for one network, which stand beside the rungs."""
SHOWN_PEERS = 4
"""The number of other libraries in the table on the digits."""
LOOPS, NUMPY, *_, BEST = LADDER
WAYS = {
    LOOPS: "in Python loops",
    NUMPY: "in NumPy",
    "pytorch": "in PyTorch",
    "scikit-learn": "in scikit-learn",
    BEST: "in machine code generated for this network",
}
ARTICLE_KEYS = ("looped 3-3-1", "looped 100-100-50-10", "vectorized 100-100-50-10")
"""The published figures that the first page shows."""
ARTICLE_HEADINGS = ("§", "what", "article", "its code here", f"{BEST} here")


def opening(frame: pd.DataFrame) -> str:
    """The answer in a sentence, and the picture of the ranking that it is from."""
    return f"{answer(frame)}\n\n{picture(rankings.ladder)(frame)}"


def answer(frame: pd.DataFrame) -> str:
    """A sentence on one sample through one network: its time by each of `WAYS`."""
    times = ranks.by_kernel(of_network(frame))
    parts = [
        f"{numbers.time_of(times[kernel])} {way}" for kernel, way in WAYS.items() if kernel in times
    ]
    if not parts:
        return f"One sample through {NETWORK}: not measured."
    one = next(iter(times.values()))
    text = f"One sample through a network of {NETWORK} nodes, called from Python, on "
    text += f"{machines.described(one)}: {', '.join(parts)}"
    if one["limit_ns"] is not None:
        text += f"; the limit of that machine is {numbers.duration(one['limit_ns'])}"
    return f"{text}."


def article(frame: pd.DataFrame) -> str:
    """The table of `ARTICLE_KEYS`: printed figure, the article's code here, the last rung here."""
    lines = [article_line(key, frame) for key in ARTICLE_KEYS]
    notes = [
        "[ ]: 95 % confidence interval.",
        *(["\\*: timed in part and scaled up."] if any(map(is_starred, lines)) else []),
        machine(frame),
    ]
    table = markdown.table(ARTICLE_HEADINGS, lines)
    return f"{table}\n\n{small(' '.join(notes))}"


def is_starred(line: tuple[str, ...]) -> bool:
    """True if a time in a line was scaled up from a part."""
    return any(cell.endswith("*") for cell in line)


def article_line(key: str, frame: pd.DataFrame) -> tuple[str, ...]:
    """The line of a published figure."""
    (found,) = (figure for figure in FIGURES if figure.key == key)
    cells = article_table.measured(found, frame)
    here = dict(zip(article_table.HEADINGS[3:], cells, strict=True))
    return found.section, found.claim, found.cell, here["here"], here[BEST]


def digits(frame: pd.DataFrame) -> str:
    """The table of the network for the digits: rungs, C, C++, and the fastest other libraries."""
    pairs = zip(frame[frames.RUN], frame["workload"], strict=True)
    asked = frame[[pair in DIGITS for pair in pairs]]
    groups = [one for one in frames.questions(asked) if not ranks.times(one).empty]
    if len(groups) < len(DIGITS):
        return "Not measured."
    _, lines = ladder_table.summary(asked)
    cells = {line[0]: line for line in lines}
    others = best_peers(groups)
    shown = [name for name in (*reversed(LADDER), *NATIVE, *others, "*limit*") if name in cells]
    rows = [(linked(name), *cells[name][1:]) for name in shown]
    note = (
        "Time per call from Python, float64; (n×): n times as long as the fastest, which is bold. "
        "\\*: with relu and softmax. *limit*: the shortest time that the machine's arithmetic and "
        f"memory allow. Of the libraries, the {SHOWN_PEERS} with the best ranks over all columns. "
        f"{machine(asked)}"
    )
    return f"{markdown.table(('', *DIGITS.values()), rows)}\n\n{small(note)}"


def linked(name: str) -> str:
    """The name of a contender; a rung's is a link to its file."""
    return f"[{name}](kernels/rungs/{name}.py)" if name in LADDER else name


def best_peers(groups: list[pd.DataFrame]) -> list[str]:
    """The fastest way of each of the fastest libraries, by its places in all these questions.

    A library that does not offer what a question asks is in the last place there.
    """
    ranked = [
        [one for one in ranks.comparable(group)["kernel"] if one not in (*LADDER, *NATIVE)]
        for group in groups
    ]
    names = dict.fromkeys(name for one in ranked for name in one)
    places = {
        name: sum(one.index(name) if name in one else len(names) for one in ranked)
        for name in names
    }
    libraries: dict[str, str] = {}
    for name in sorted(names, key=places.__getitem__):
        libraries.setdefault(name.partition("-")[0], name)
    return list(libraries.values())[:SHOWN_PEERS]


def advice(frame: pd.DataFrame) -> str:
    """The sentence with which `ladder` ends."""
    return f"> {NETWORK}: {recommend.advice(of_network(frame))}"


def compiled(frame: pd.DataFrame) -> str:
    """A sentence on the gain by `kernels.compile`, for one sample and for many."""
    parts = []
    errors = []
    for group in frames.questions(frame.sort_values("rows", kind="stable")):
        times, ratio = ranks.by_kernel(group), verdicts.ratios(group).get("compiled")
        if ratio is None or not times.keys() >= {"compiled", ratio["against"]}:
            continue
        fast, slow = times["compiled"], times[ratio["against"]]
        errors.append(fast["error"] or 0.0)
        parts.append(
            f"{numbers.time_of(fast)} instead of {numbers.time_of(slow)} for "
            f"{numbers.count(fast['rows'], 'sample')} ({numbers.ratio(ratio['value'])})"
        )
    if not parts:
        return "Not measured."
    return (
        f"`predict_proba` then takes {' and '.join(parts)}; "
        f"the probabilities differ by {max(errors):.0g} at most."
    )


def harness(frame: pd.DataFrame) -> str:
    """A sentence on the result of the self-test."""
    told = {one["quantity"]: one for one in frames.records(frame)}
    alarms, least = (
        told.get(name) for name in ("false_positives_percent", "smallest_difference_percent")
    )
    if alarms is None or least is None:
        return "- The harness was not tested."
    return (
        f"- **The harness is tested.** Of {alarms['samples']} duels of a kernel with itself "
        f"{numbers.significant(alarms['value'], 2)} % saw a difference; a slow-down of "
        f"{numbers.significant(least['value'], 2)} % is seen nine times in ten "
        "([more](docs/results/selftest.md))."
    )


def of_network(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows about the one network of the first page."""
    return frame[frame["workload"] == NETWORK]


def machine(frame: pd.DataFrame) -> str:
    """The processor and the settings; docs/results has versions and commits."""
    rows = frames.records(frame.drop_duplicates(machines.NAMED))
    return f"Machine: {machines.listed(rows)}, one thread, float64."
