"""What README and the guides show can be called: verb, options, indicator; and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

from suksala.commands import reference
from suksala.warehouse import definitions

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = [page for page in PAGES if page.parent == ROOT or page.parent.name == "how-to"]
SHOWN = re.compile(r"^\s*(?:\.venv/bin/)?(suksala [a-z][^#\n]*)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def faults(line: str) -> list[str]:
    """What is wrong with one command line as it is shown; `ingest PATH` stands for `ingest files PATH`."""
    verbs = reference.verbs()
    words = line.split("  ", maxsplit=1)[0].replace("\\", " ").split()
    if words[1] == "ingest" and words[2:3] != ["void"]:
        words.insert(2, "files")
    verb = next((" ".join(words[:n]) for n in (4, 3, 2) if " ".join(words[:n]) in verbs), None)
    if verb is None:
        return [f"no such verb: {line}"]
    known = {"--help"} | {name for one in verbs[verb].params for name in (*one.opts, *one.secondary_opts)}
    return [f"no such option: {word} of {verb}" for word in words if word.startswith("--") and word not in known]


def test_every_command_shown_is_there() -> None:
    """Lines of code blocks that begin with suksala."""
    lines = [line for page in GUIDES for line in SHOWN.findall(page.read_text(encoding="utf-8"))]
    assert len(lines) > 30
    assert [fault for line in lines for fault in faults(line)] == []


def test_every_indicator_shown_is_there() -> None:
    """Except the one that a guide adds."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in GUIDES)
    codes = set(re.findall(r"suksala measure ([a-z0-9][\w.-]+)", text))
    assert codes <= {measure.code for measure in definitions()} | {"dm-very-high"}
    assert "dm-controlled" in codes


def test_no_link_leads_nowhere() -> None:
    """Links to files of the house; those of decisions and the reference too."""
    gone = [
        (str(page.relative_to(ROOT)), link)
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert gone == []


def test_the_look_bites() -> None:
    """A verb and an option that are not there."""
    assert faults("suksala audit verify --seen NOTE") == []
    assert faults("suksala ingest a.zip --sender 99001") == []
    assert faults("suksala audit burn") == ["no such verb: suksala audit burn"]
    assert faults("suksala audit verify --quickly") == ["no such option: --quickly of suksala audit verify"]
