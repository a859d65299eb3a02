"""Documents: links lead somewhere, examples run, what they name exists, README is one page."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.measure.environment import ROOT
from tests.running import python

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/*.ipynb")
    for path in ROOT.glob(pattern)
    if ".ipynb_checkpoints" not in path.parts
)
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
LINES = 150
EXAMPLE_LINE = 60
SESSIONS = [path for path in DOCUMENTS if "```pycon" in path.read_text(encoding="utf-8")]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    text = CODE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(path: Path) -> None:
    for link in LINK.findall(CODE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_links_are_found_at_all() -> None:
    found = {link for path in DOCUMENTS for link in LINK.findall(path.read_text(encoding="utf-8"))}
    assert {"guide/sklearn.md", "how-it-works.md#the-gate", "CONTRIBUTING.md"} <= found


# --- the first page -----------------------------------------------------------------------------


def test_the_first_page_is_one_page() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES
    assert lines.index("import kernels") < EXAMPLE_LINE


def examples() -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(ROOT)}-{number}", code)
        for path in DOCUMENTS
        if path.suffix == ".md"
        for number, code in enumerate(
            re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S)
        )
    ]


@pytest.mark.parametrize("example", examples(), ids=lambda one: one[0])
def test_examples_run_as_they_stand(example: tuple[str, str], tmp_path: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{example[1]}"
    result = python("-W", "error", "-c", program, cwd=tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.filterwarnings("ignore")  # that short fits did not converge
@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_examples_print_what_they_say(path: Path) -> None:
    found = doctest.testfile(
        str(path), module_relative=False, optionflags=doctest.ELLIPSIS, verbose=False
    )
    assert found.attempted > 3
    assert not found.failed


def test_the_first_page_has_an_example_of_plans_and_one_of_scikit_learn() -> None:
    text = "\n".join(code for name, code in examples() if name.startswith("README.md"))
    assert "kernels.plan(" in text
    assert "kernels.compile(" in text
    assert sys.version_info >= (3, 11)


# --- what is named ------------------------------------------------------------------------------


def test_every_command_is_in_the_guide() -> None:
    text = (ROOT / "docs" / "measuring.md").read_text(encoding="utf-8")
    assert set(COMMANDS) <= {word for cell in re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
                             for word in re.findall(r"`([a-z]+)", cell)}  # fmt: skip


KINDS = ("activation", "loss", "optimizer", "rung", "peer", "network", "command", "figure")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*\w|Makefile|pyproject\.toml|constraints-\w+\.txt)`")
NAME = re.compile(r"`([A-Za-z_]\w*)`")
NO_CODE = {"NAME", "CHARTS", "name", "show", "requires", "operations", "peers"}


def additions() -> dict[str, str]:
    """What CONTRIBUTING.md says on adding each kind of thing."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    section = text.partition("\n## I want to add ...\n")[2].partition("\n## ")[0]
    return {
        heading.split()[-1]: body
        for heading, _, body in (part.partition("\n") for part in section.split("\n### ")[1:])
    }


def test_each_kind_of_addition_is_described() -> None:
    assert tuple(additions()) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_an_addition_names_files_that_exist_and_names_that_are_in_them(kind: str) -> None:
    text = additions()[kind]
    prose = CODE.sub("", text)
    named = [path for path in PATH.findall(prose) if "NAME" not in path]
    assert named
    for path in named:
        assert (ROOT / path).exists(), path
    for path in re.findall(r"`((?:[\w.-]+/)+)NAME\.py`", prose):
        assert (ROOT / path).is_dir(), path
    code = "".join(
        path.read_text(encoding="utf-8")
        for name in named
        for path in [ROOT / name, *(ROOT / name).glob("*.py")]
        if path.is_file()
    )
    for name in set(NAME.findall(prose)) - {*NO_CODE, *named}:
        assert re.search(rf"\b{name}\b", code), f"{name} is in none of {named}"


def test_what_an_addition_tells_to_run_exists() -> None:
    text = "".join(additions().values())
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target
    for command in re.findall(r"python -m benchmarks ([a-z]+)", text):
        assert command in COMMANDS
    for path in re.findall(r"pytest (tests\S*?)`?$", text, re.MULTILINE):
        assert (ROOT / path).exists(), path
