"""All charts of measured results, in the order in which the report shows them."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure.rows import RECORDED
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import curves, history, iterations, rankings, training
from benchmarks.show.figures.sources import with_gaps

FROM_ROWS = (*rankings.CHARTS, *curves.CHARTS, *training.CHARTS, *iterations.CHARTS)


def charts(load: Load, recorded: Path = RECORDED) -> list[Chart]:
    """All charts: from the stored runs that `load` gives, and the last from asv's records.

    A chart whose runs are missing has no panels and says so.
    """
    return [*(with_gaps(draw(load), load) for draw in FROM_ROWS), history.history(recorded)]
