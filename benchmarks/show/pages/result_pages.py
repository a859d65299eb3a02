"""The generated parts of docs/results: tables and figures, each from the rows of stored runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.reference_runs import named
from benchmarks.measure.stored import Load
from benchmarks.measure.workloads import KNOWN
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.tables import (
    article_table,
    costs_table,
    fit_table,
    ladder_table,
    many_table,
    markdown,
    numbers,
    questions,
    ranks,
    recommend,
    selftest_table,
    serving_table,
    statements_table,
    today_table,
)
from benchmarks.show.tables import published as others
from kernels import LADDER

if TYPE_CHECKING:
    import pandas as pd

BEST = LADDER[-1]
FIGURES = "results/figures"
LEGEND = (
    "Time per call, iteration or step, sorted by the last column; what has none there follows in "
    "the order of the column before. (n×): n times as long as the fastest. Bold: the fastest, and "
    "what is no different from it. –: not offered, not measured, or failed. *floor*: the call of a "
    "builtin function that does nothing; *limit*: floor and the arithmetic or memory traffic of "
    f"the task at this machine's best rates. {questions.UNNAMED}"
)


def small(text: str) -> str:
    """A remark in small print, for a Markdown document."""
    return f"<sub>{text}</sub>"


def by_run(frame: pd.DataFrame) -> Load:
    """A function that returns the rows of some of a frame's runs."""
    return lambda *runs: frame[frame[frames.RUN].isin(runs)]


def picture(draw: Callable[[Load], Chart], root: str = "") -> Callable[[pd.DataFrame], str]:
    """The picture of a chart, with its finding as the alternative text.

    `root` leads from the document to the root of the repository.
    """

    def write(frame: pd.DataFrame) -> str:
        chart = draw(by_run(frame))
        return f"![{chart.title}. {chart.finding}]({root}{FIGURES}/{chart.name}.svg)"

    return write


def figure(draw: Callable[[Load], Chart]) -> Callable[[pd.DataFrame], str]:
    """The picture of a chart on a page of docs/results, with its finding below."""

    def write(frame: pd.DataFrame) -> str:
        chart = draw(by_run(frame))
        return f"![{chart.title}](../../{FIGURES}/{chart.name}.svg)\n\n{chart.finding}"

    return write


def article(frame: pd.DataFrame) -> str:
    """The table of every figure that the article publishes, beside this machine's."""
    table = markdown.table(article_table.HEADINGS, article_table.headline(frame))
    below = [article_table.machine(frame) + ".", *article_table.notes(frame)]
    return "\n".join([table, "", *map(small, below)])


def statements(frame: pd.DataFrame) -> str:
    """The table of the article's statements that do not hold."""
    return markdown.table(statements_table.HEADINGS, statements_table.lines(frame))


def accuracy(frame: pd.DataFrame) -> str:
    """The accuracy of training in float64 and in float32, over all seeds."""
    accuracies = frame[frame["quantity"] == "accuracy_percent"].groupby("dtype")["value"]
    told = accuracies.agg(["median", "min", "max", "count"]).sort_index(ascending=False)
    parts = [
        f"{dtype} {numbers.over_seeds(middle, low, high, count)}"
        for dtype, middle, low, high, count in told.itertuples(name=None)
    ]
    return f"Accuracy on the test digits, median and range: {', '.join(parts)}."


def ranking(frame: pd.DataFrame) -> str:
    """The table of every contender on every network of some runs of `ladder`, and the advice."""
    if frame.empty:
        return "Not measured yet: the last commands of this page do it."
    headings, lines = ladder_table.summary(frame)
    advice = [
        f"- {heading}: {recommend.advice(group)}"
        for heading, group in zip(headings[1:], frames.questions(frame), strict=True)
    ]
    wrong = ladder_table.failures(frame[frame["state"] != "not offered"])
    failed = [f"Without a time: {'; '.join(wrong)}."] if wrong else []
    below = [small(line) for line in (LEGEND, *failed, f"{article_table.machine(frame)}.")]
    return "\n".join([markdown.table(headings, lines), "", *below, "", *advice])


def in_c(frame: pd.DataFrame) -> str:
    """A sentence on the times of C generated for each network, and of its build."""
    parts, builds = [], []
    for group in frames.questions(frame):
        times, ratios = ranks.by_kernel(group), verdicts.ratios(group)
        if not ratios.keys() & times.keys() >= {"c", BEST}:
            continue
        share = ratios["c"]["value"] / ratios[BEST]["value"]  # against whichever was the fastest
        parts.append(
            f"{numbers.time_of(times['c'])} at {frames.network(times['c'])} "
            f"({numbers.ratio(share)} as long as `{BEST}`)"
        )
        builds.append([times[kernel]["build_seconds"] for kernel in ("c", BEST)])
    if not parts:
        return "**Would C be faster?** Not measured."
    slow, fast = (max(taken) for taken in zip(*builds, strict=True))
    return (
        "**Would C be faster?** Generated for the same network and compiled by gcc, with loops "
        f"over constants, it takes {', '.join(parts)}. Its build takes up to "
        f"{numbers.seconds(slow)}, that of `{BEST}` up to {numbers.seconds(fast)}."
    )


def known(_: pd.DataFrame) -> str:
    """The list of the networks that people know, with their sources."""
    return "\n".join(f"- {one.name}: {one.source}" for one in KNOWN)


def published(frame: pd.DataFrame) -> str:
    """Times that others published, beside the fastest here."""
    return others.section(by_run(frame))


def selftest(frame: pd.DataFrame) -> str:
    """The table of the self-test: differences found between equals and with slowed copies."""
    table = markdown.table(selftest_table.HEADINGS, selftest_table.lines(frame))
    return f"{table}\n\n{small(selftest_table.title(frame) + '.')}"


def today(frame: pd.DataFrame) -> str:
    """The table of the article's experiment, trained in several ways."""
    return above_machine(markdown.table(today_table.HEADINGS, today_table.lines(frame)), frame)


def serving(frame: pd.DataFrame) -> str:
    """The table of a fitted network's predictions, beside scikit-learn's own."""
    table = markdown.table(serving_table.HEADINGS, serving_table.lines(frame))
    below = f"{serving_table.title(frame)}. {article_table.machine(frame)}."
    return f"{table}\n\n{small(below)}"


def fits(frame: pd.DataFrame) -> str:
    """The table of fits, beside scikit-learn's own."""
    return above_machine(markdown.table(fit_table.HEADINGS, fit_table.lines(frame)), frame)


def many(frame: pd.DataFrame) -> str:
    """The table of trainings of many networks."""
    return above_machine(markdown.table(many_table.HEADINGS, many_table.lines(frame)), frame)


def costs(frame: pd.DataFrame) -> str:
    """What a sweep costs, and what that predicts."""
    tables = [
        markdown.table(costs_table.HEADINGS, costs_table.lines(frame)),
        "\n".join(f"- {one}" for one in costs_table.sentences(frame)),
        markdown.table(costs_table.PREDICTED_HEADINGS, costs_table.predicted(frame)),
    ]
    return above_machine("\n\n".join(tables), frame)


def above_machine(text: str, frame: pd.DataFrame) -> str:
    """A text with the machine below it."""
    return f"{text}\n\n{small(f'{article_table.machine(frame)}.')}"


def again(names: Sequence[str]) -> str:
    """The commands of these reference runs, their duration, and how to store them anew."""
    runs = named(list(names))
    commands = [run.command for run in runs]
    minutes = numbers.count(sum(run.minutes for run in runs), "minute")
    stored = f'make reference RUNS="{" ".join(run.name for run in runs)}"'
    return "\n".join(
        [
            f"The same questions on your machine, about {minutes}:",
            "",
            "```sh",
            *commands,
            "```",
            "",
            f"`{stored}` also replaces the committed rows, and these tables and figures.",
        ]
    )
