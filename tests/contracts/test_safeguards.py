"""The lists of keys, logs and privacy classes (docs/reference) are complete and true: the code is asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from suksala.audit.domain import KEEP_YEARS
from suksala.exchange.usage import KEPT_DAYS
from suksala.governance.processing import Term
from suksala.governance.safeguards import CLASSES, DERIVED, KEYS, LOGS
from suksala.operations import cluster_settings
from suksala.operations.processes import LOG_BYTES_MAX
from suksala.signin.oauth import APP_SECONDS
from tests.contracts.test_threats import missing

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "suksala"
THAI = re.compile("[ก-๙]")

PROOFS = {
    "inside": "tests/unit/operations/test_cluster.py::test_only_its_user_reaches_the_data_and_the_socket",
    "no-log-value": "tests/unit/foundation/test_log.py",
    "opaque": "tests/unit/identity/test_identity_public_ids.py::test_neighbours_look_unlike",
    "permit": "tests/property/test_non_interference.py::NonInterference::test_hidden_rows_change_no_byte",
    "small-cells": "tests/property/test_disclosure.py::test_small_counts_cannot_be_computed "
    "tests/unit/warehouse/test_released_figures.py::test_the_register_beside_the_figures_names_nobody",
    "sealed": "tests/unit/identity/test_identity_link.py::"
    "test_no_raw_value_reaches_an_event_a_question_or_the_clear_number_a_table "
    "tests/unit/registry/test_practitioners.py::test_no_national_number_is_stored_in_clear_or_shown",
    "no-address": "tests/journeys/test_pages_access.py::"
    "test_a_search_leaves_no_word_in_an_address_and_a_fact_without_words "
    "tests/journeys/test_pages_access.py::test_nothing_a_signed_in_reader_sees_is_kept_by_a_cache",
    "audited": "tests/unit/exchange/test_no_event_no_answer.py::test_what_cannot_be_written_down_is_not_shown",
    "labels": "tests/spec/test_decision_matrix.py::test_sql_finds_the_rows_of_the_matrix",
    "secret": "tests/unit/signin/test_signin_tokens.py::test_only_its_digest_is_kept "
    "tests/unit/signin/test_rfc9700.py::test_4_10_tokens_are_kept_as_digests tests/unit/foundation/test_keys.py",
    "shredded": "tests/unit/consent/test_breaking_the_glass.py::"
    "test_what_is_kept_of_a_copy_says_nothing_without_its_key",
    "purpose": "tests/contracts/test_processing.py::test_every_table_with_personal_data_is_kept_for_a_recorded_purpose",
}


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the product, by its path below suksala."""
    files = (path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def first_arguments(names: set[str]) -> Iterator[str]:
    """What functions of these names are called with first: a text, a constant of the module, a text with a part left
    open (`*`). An argument of the function around it says nothing and is left out.
    """
    for tree in trees().values():
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                told = read(node.args[0], constants) if called in names else None
                if told is not None:
                    yield told


def read(node: ast.expr, constants: dict[str, object]) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    value = (
        node.value if isinstance(node, ast.Constant) else constants.get(node.id) if isinstance(node, ast.Name) else None
    )
    return value if isinstance(value, str) else None


def test_every_purpose_of_a_derived_key_is_listed() -> None:
    """And none that is gone; another purpose gives an unrelated key."""
    assert set(first_arguments({"keyed_hash", "keyed_int"})) == set(DERIVED)


def test_every_key_file_is_listed() -> None:
    """Keys of their own, beside the master key and those of emergency copies."""
    listed = {one.code: one.place for one in KEYS}
    assert set(first_arguments({"own_key"})) == {"audit", "openid"}
    assert all(f"<data>/keys/{name}.key" in listed[name] for name in ("audit", "openid", "master"))
    assert "-epoch-keys" in listed["emergency"]
    assert f"{APP_SECONDS // 60} minutes" in next(one.turned.en for one in KEYS if one.code == "tokens")


def test_only_one_module_writes_logs_and_only_commands_print() -> None:
    """Events go through the list of allowed keys; libraries' messages too."""
    loggers, printers = set(), set()
    for name, tree in trees().items():
        for node in ast.walk(tree):
            named = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {part.split(".")[0] for part in named} & {"logging", "structlog", "syslog", "loguru"}:
                loggers.add(name)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                printers.add(name.split("/")[0])
    assert loggers == {"foundation/log.py"}
    assert printers == {"commands"}


def test_logs_are_kept_as_long_as_the_list_says() -> None:
    """The numbers of the code, in both languages."""
    kept = {one.code: one.kept for one in LOGS}
    for code, figure in (("audit", KEEP_YEARS), ("usage", KEPT_DAYS), ("events", LOG_BYTES_MAX >> 20)):
        assert str(figure) in kept[code].th
        assert str(figure) in kept[code].en
    settings = cluster_settings.text(Path("/run"), Path("/log"))
    assert "'postgres-%a.log'" in settings
    assert kept["postgres"].en.startswith("7 days")


def test_every_demand_of_a_class_has_its_test() -> None:
    """Protection by class (ASVS V14.2.4): a class that demands something says how it is proven."""
    assert {demand.code for one in CLASSES for demand in one.adds} == set(PROOFS)
    assert {code: missing(tests) for code, tests in PROOFS.items() if missing(tests)} == {}
    assert [one.code for one in CLASSES if not one.adds] == []


def test_both_languages_and_codes_once() -> None:
    """Thai first."""
    terms = [term for one in (*KEYS, *LOGS) for term in vars(one).values() if isinstance(term, Term)]
    terms += [term for one in CLASSES for term in (one.means, *(demand.says for demand in one.adds))]
    assert len(terms) > 40
    assert [term for term in terms if not THAI.search(term.th) or THAI.search(term.en)] == []
    for table in (KEYS, LOGS, CLASSES):
        codes = [one.code for one in table]
        assert len(set(codes)) == len(codes)
