"""The invariants of R4 as predicates over plain JSON objects: FHIRPath engines need a hundred times longer.

A rule sees one object. Most are of four kinds, and their sentences are made from the names of the elements; the others
are in `special`, with their sentences in sentences.csv. docs/reference/fhir-validation.md lists what is checked and
what is not.
Source: the `constraint` entries of the R4 StructureDefinitions.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, cast

from . import tables
from .issues import Problem, Severity
from .special import EXTRA, TESTS

Test = Callable[[dict[str, Any]], bool]
Keys = frozenset[str]


class Rule(NamedTuple):
    """One invariant of one node."""

    key: str
    test: Test  # True when it holds
    th: str
    en: str
    severity: Severity = "error"

    def problem(self) -> Problem:
        """What to tell when it does not hold."""
        return Problem(self.key, "invariant", self.th, self.en, self.severity)


def keys_of(node: str, name: str) -> Keys:
    """The JSON names of an element, with their shadows: an element that is there by its extension is there."""
    for element in tables.elements(node):
        if element.name in (name, name + "[x]"):
            return frozenset({*element.keys, *("_" + key for key in element.keys)})
    raise LookupError(f"{node} has no {name}")


def _any_of(key: str, node: str, *names: str) -> Rule:
    keys = frozenset().union(*(keys_of(node, name) for name in names))
    listed = ", ".join(names)
    th, en = f"ต้องมีอย่างน้อยหนึ่งใน: {listed}", f"needs at least one of: {listed}"
    return Rule(key, lambda value: not keys.isdisjoint(value), th, en)


def _needs(key: str, node: str, *names: str) -> Rule:
    first, others = keys_of(node, names[0]), frozenset().union(*(keys_of(node, name) for name in names[1:]))
    listed = " / ".join(names[1:])
    th, en = f"เมื่อมี {names[0]} ต้องมี {listed} ด้วย", f"{names[0]} needs {listed} beside it"
    return Rule(key, lambda value: first.isdisjoint(value) or not others.isdisjoint(value), th, en)


def _not_both(key: str, node: str, *names: str) -> Rule:
    first, second = (keys_of(node, name) for name in names)
    th, en = f"ใส่ {names[0]} พร้อมกับ {names[1]} ไม่ได้ ให้เหลือหนึ่ง", f"takes {names[0]} or {names[1]}, not both; keep one"
    return Rule(key, lambda value: first.isdisjoint(value) or second.isdisjoint(value), th, en)


def _one_of(key: str, node: str, *names: str) -> Rule:
    groups = [keys_of(node, name) for name in names]
    listed = ", ".join(names)
    th, en = f"ต้องมีหนึ่งเดียวใน: {listed}", f"needs exactly one of: {listed}"
    return Rule(key, lambda value: sum(not keys.isdisjoint(value) for keys in groups) == 1, th, en)


def _one_at_most(key: str, node: str, *names: str) -> Rule:
    groups = [keys_of(node, name) for name in names]
    listed = ", ".join(names)
    th, en = f"มีได้ไม่เกินหนึ่งใน: {listed}", f"takes one at most of: {listed}"
    return Rule(key, lambda value: sum(not keys.isdisjoint(value) for keys in groups) <= 1, th, en)


_KINDS = {"any": _any_of, "needs": _needs, "not-both": _not_both, "one": _one_of, "one-at-most": _one_at_most}

# key (with its node where HL7 used a key twice), kind, elements
_TABLE = """
    app-1 any type actor
    apr-1 any participantType actor
    att-1 needs data contentType
    bdl-5 any resource request response
    ces-1 one category productOrService
    cmp-1 any text entry section
    cmp-2 not-both emptyReason entry
    con-1 any summary assessment
    con-2 any code detail
    cpb-1 any rest messaging document
    cpb-2 any description software implementation
    cpl-3 not-both detail reference
    cpt-2 needs value system
    drq-1 one path searchParam
    drq-2 one path searchParam
    eld-1 any discriminator description
    eld-8 not-both pattern fixed
    eld-15 not-both defaultValue meaningWhenMissing
    eld-22 needs sliceIsConstraining sliceName
    exp-1 any expression reference
    fhs-1 not-both age born
    fhs-2 needs estimatedAge age
    gol-1 needs detail measure
    imm-1 any documentType reference
    imr-1 any vaccineCode targetDisease
    TestReport.setup.action:inv-1 one operation assert
    Parameters.parameter:inv-1 one value resource part
    inv-2 one operation assert
    ipn-1 any identifier name
    lst-1 not-both emptyReason entry
    mad-1 any dose rate
    nor-1 any oralDiet supplement enteralFormula
    obs-3 any low high text
    obs-6 not-both dataAbsentReason value
    opd-1 any type part
    org-1 any identifier name
    pat-1 any name telecom address organization
    ppc-1 any policy policyRule
    prr-1 needs orderDetail code
    qrs-1 not-both answer item
    qty-3 needs code system
    que-4 not-both answerOption answerValueSet
    que-11 not-both answerOption initial
    rqg-1 one resource action
    sdf-2 any name uri
    sdf-6 any snapshot differential
    sev-1 not-both name query
    smp-1 needs element context
    smp-2 needs context contextType
    spd-1 needs xpath xpathUsage
    tcp-2 any description software implementation
    tim-1 needs duration durationUnit
    tim-2 needs period periodUnit
    tim-6 needs periodMax period
    tim-7 needs durationMax duration
    tim-8 needs countMax count
    tim-10 not-both timeOfDay when
    trd-1 not-both data timing
    trd-2 needs condition data
    tst-1 one operation assert
    tst-2 one operation assert
    vsd-1 any valueSet system
    vsd-3 not-both concept filter
    vsd-6 any code display
    vsd-10 needs code system
    ext-1 one extension value
"""
_WARNINGS = frozenset({"nor-1"})


@cache
def sentences() -> dict[str, tuple[str, str, Severity]]:
    """Key -> what to tell in Thai and in English, and how grave it is, for the rules of `special`."""
    with (tables.FOLDER / "sentences.csv").open(encoding="utf-8", newline="") as stream:
        return {row["key"]: (row["th"], row["en"], cast("Severity", row["severity"])) for row in csv.DictReader(stream)}


@cache
def _plain() -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    return {key: (kind, tuple(names)) for key, kind, *names in rows}


_COMPUTER_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,254}").fullmatch
_BUILT_IN = frozenset({"dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "ele-1", "txt-1", "txt-2"})


def _computer_name(key: str) -> Rule:
    th, en = "name ควรขึ้นต้นด้วย A-Z และใช้เฉพาะ A-Z a-z 0-9 _", "name should begin with A-Z and use A-Z a-z 0-9 _ only"
    return Rule(key, lambda value: "name" not in value or bool(_COMPUTER_NAME(value["name"])), th, en, "warning")


def rules_of(node: str) -> tuple[Rule, ...]:
    """The rules of a node that are checked here."""
    found = []
    for key in (*tables.invariants(node), *EXTRA.get(node, ())):
        kind, names = _plain().get(f"{node}:{key}") or _plain().get(key) or ("", ())
        if kind:
            rule = _KINDS[kind](key, node, *names)
            found.append(rule._replace(severity="warning") if key in _WARNINGS else rule)
        elif test := TESTS.get(f"{node}:{key}") or TESTS.get(key):
            found.append(Rule(key, test, *sentences()[key]))
        elif key.endswith("-0"):
            found.append(_computer_name(key))
    return tuple(found)


def checked() -> frozenset[str]:
    """The keys of all rules that are checked, here or while walking."""
    names = (rule.key for node in tables.node_names() for rule in rules_of(node))
    return frozenset(names) | _BUILT_IN
