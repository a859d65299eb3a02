"""The steps of the article's run, in order and in number."""

from __future__ import annotations

from benchmarks.experiments.article import reproduce


def test_a_full_run_has_the_seeds_and_iterations_that_the_documents_tell() -> None:
    assert (
        reproduce.Extent(
            accuracy=100,
            rescaled=50,
            others=20,
            iterations=3,
            marks=(10, 30, 100, 300, 1000, 3000, 10_000, 30_000),
            equal=3,
            equal_iterations=3000,
        )
        == reproduce.DEFAULT
    )
    titles = [step.title for step in reproduce.steps(quick=False)]
    for what, count in {
        "accuracy": 100,
        "other classifiers": 20,
        "30000 iterations": 3,
        "equal weights": 3,
    }.items():
        expected = [f"{what}, seed {seed + 1} of {count}" for seed in range(count)]
        assert [title for title in titles if title.startswith(f"{what}, ")] == expected
