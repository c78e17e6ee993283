"""The command line is a contract: verbs, help, clear errors, fixed exit codes (architecture, section 7)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from suksala.commands import reference, running
from suksala.foundation import SuksalaError
from suksala.portals.public import bruno
from tools.print_reference import BRUNO, FOLDER, PAGES

VERBS = [
    "suksala demo",
    "suksala up",
    "suksala worker",
    "suksala simulate",
    "suksala measure",
    "suksala proxy",
    "suksala doctor",
    "suksala ingest files",
    "suksala ingest void",
    "suksala registry import",
    "suksala registry practitioners",
    "suksala registry agree",
    "suksala registry end-agreement",
    "suksala registry member",
    "suksala registry network",
    "suksala registry processing",
    "suksala identity match",
    "suksala identity explain",
    "suksala identity show",
    "suksala identity undo",
    "suksala identity relink",
    "suksala identity train",
    "suksala identity approve-model",
    "suksala identity weigh",
    "suksala identity simulate-threshold",
    "suksala lists import",
    "suksala lists missing",
    "suksala lists show",
    "suksala lists answer",
    "suksala lists report",
    "suksala account add",
    "suksala account tie",
    "suksala account list",
    "suksala account enrol",
    "suksala account disable",
    "suksala client add",
    "suksala client app",
    "suksala client list",
    "suksala client end",
    "suksala client limit",
    "suksala client usage",
    "suksala audit verify",
    "suksala audit key",
    "suksala audit checkpoint",
    "suksala audit retire",
    "suksala audit snooping",
    "suksala grants list",
    "suksala grants end",
    "suksala grants shred-now",
    "suksala keys turn",
    "suksala keys reseal",
    "suksala backup key",
    "suksala backup copy",
    "suksala backup keep",
    "suksala backup verify",
    "suksala backup restore",
    "suksala fhir import",
    "suksala fhir export",
    "suksala fhir search-parameter add",
    "suksala fhir search-parameter list",
    "suksala fhir search-parameter retire",
]
SOURCE = Path(reference.__file__).parents[1]
THAI = re.compile("[ก-๙]")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `suksala` as a shell would."""
    return subprocess.run([sys.executable, "-m", "suksala", *arguments], capture_output=True, text=True, check=False)


def test_the_verbs_are_the_promised_ones() -> None:
    """Scripts rely on them; a new one is added here on purpose."""
    assert list(reference.verbs()) == VERBS


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_printed_reference_is_current(page: str) -> None:
    """`make docs` was run after the code changed."""
    assert (FOLDER / page).read_text(encoding="utf-8") == PAGES[page]()


def test_the_bruno_collection_is_current() -> None:
    """The same files as the developers' page gives, no others, and no host or token in them."""
    kept = {
        str(path.relative_to(BRUNO)): path.read_text(encoding="utf-8") for path in BRUNO.rglob("*") if path.is_file()
    }
    assert kept == bruno.files()
    requests = [text for name, text in kept.items() if name[0].isdigit()]
    assert len(requests) > 8
    assert all("url: {{base}}/" in text and "skl_" not in text for text in requests)


def test_every_variable_of_the_environment_is_explained() -> None:
    """What the code reads is on the page, and nothing else; one variable is of our own processes to each other."""
    read = {name for path in SOURCE.rglob("*.py") for name in re.findall(r"\bSUKSALA_[A-Z_]+\b", path.read_text())}
    assert {name for name, _ in reference.ENVIRONMENT} == (
        read - {"SUKSALA_PARENT"} | {"DATABASE_URL", "DATABASE_URL_FILE"}
    )


def test_no_secret_is_an_argument() -> None:
    """Every user of a machine can read the arguments of a command: keys named there are files' names or public."""
    words = re.compile("key|password|secret|token|credential|database|url")
    named = {
        (verb, option)
        for verb, command in reference.verbs().items()
        for parameter in command.params
        for option in (*parameter.opts, parameter.name or "")
        if words.search(option)
    }
    assert named == {
        ("suksala proxy", "--key"),  # a file
        ("suksala proxy", "key"),
        ("suksala audit verify", "--key"),  # a verifier key, public
        ("suksala audit verify", "key"),
        ("suksala client add", "--token"),  # whether one is printed: a switch, which takes no value
        ("suksala client add", "token"),
    }


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_explained(verb: str) -> None:
    """A verb in English and Thai, every option in a few words."""
    command = reference.verbs()[verb]
    assert THAI.search(command.help)
    assert re.match("[A-Z]", command.help)
    assert [p.name for p in command.params if p.name != "help" and not p.help] == []


def test_help_loads_neither_django_nor_the_data_libraries() -> None:
    """That keeps `suksala --help` under half a second."""
    code = (
        "import sys; from suksala.commands.running import run; assert run(['--help']) == 0; "
        "print(sorted({'django', 'duckdb', 'psycopg', 'pyarrow', 'structlog'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "ingest" in done.stdout


BAD = [
    (["nonsense"], "SKL-CLI-002", "No such command"),
    (["up", "--port", "70000"], "SKL-CLI-002", "65535"),
    (["ingest", "void", "1"], "SKL-CLI-002", "--reason"),
    (["ingest", "no-such.zip"], "SKL-CLI-002", "no-such.zip"),
    (["registry", "import", "no-such.csv"], "SKL-CLI-002", "no-such.csv"),
    (["registry", "practitioners", "no-such.csv"], "SKL-CLI-002", "no-such.csv"),
    (["client", "add", "his"], "SKL-CLI-002", "--scope"),
    (["client", "add", "his", "--scope", "system/*.rs"], "SKL-CLI-002", "--jwks"),
    (["client", "add", "his", "--scope", "system/*.rs", "--token", "--jwks", "no.json"], "SKL-CLI-002", "one of"),
    (["client", "add", "his", "--scope", "system/*.rs", "--token", "--minutes", "61"], "SKL-CLI-002", "60"),
    (["identity", "match"], "SKL-CLI-002", "--given"),
    (["measure"], "SKL-CLI-002", "--period"),
    (["fhir", "import", "no-such.ndjson"], "SKL-CLI-002", "no-such.ndjson"),
    (["fhir", "export"], "SKL-CLI-002", "--out"),
    (["fhir", "search-parameter", "add", "no-such.json"], "SKL-CLI-002", "no-such.json"),
    (["measure", "dm-controlled", "--period", "2025Q9"], "SKL-CLI-002", "2568Q4"),
    (["simulate", "--people", "5", "--out", "nowhere"], "SKL-SIM-002", "100"),
    (["simulate", "--people", "5", "--labelled", "nowhere"], "SKL-SIM-002", "100"),
    (["simulate", "--labelled", "nowhere", "--out", "nowhere"], "SKL-CLI-002", "--labelled"),
]


@pytest.mark.parametrize(("arguments", "code", "named"), BAD, ids=[" ".join(case[0]) for case in BAD])
def test_bad_input_is_answered_in_two_languages_without_a_traceback(
    arguments: list[str], code: str, named: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 2, Thai first, English second, the code last; nothing on stdout, nothing started."""
    assert running.run(arguments) == 2
    out, err = capsys.readouterr()
    thai, english, last = err.strip().split("\n")
    assert out == ""
    assert THAI.search(thai)
    assert named in english
    assert last == f"[{code}]"
    assert not Path("nowhere").exists()


def test_with_json_an_error_is_the_one_document_on_stdout() -> None:
    """The sentences stay on stderr for the person, stdout parses."""
    done = run("ingest", "no-such.zip", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "SKL-CLI-002"
    assert "Traceback" not in done.stderr


def test_a_bare_call_shows_the_help() -> None:
    """And is not a success: a script that forgot its verb stops."""
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "ingest" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    """`suksala measure --list | head -1`."""
    pipe = f"set -o pipefail; {sys.executable} -m suksala measure --list | head -1"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("dm-controlled")


def test_no_two_problems_share_a_code() -> None:
    """A code leads to one page of the manual."""

    def below(kind: type[SuksalaError]) -> list[type[SuksalaError]]:
        return [one for child in kind.__subclasses__() for one in [child, *below(child)]]

    reference.errors()
    own = [kind.code for kind in below(SuksalaError) if "code" in vars(kind)]
    assert [code for code, times in Counter(own).items() if times > 1] == []
