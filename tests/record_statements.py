"""What a statement reads of the record, and whether each alias of it stands under a permit: for a contract over the
source, and for a property over what is really asked (T06 to T08; decision 0197).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp

RECORD = frozenset({
    "resource", "resource_history", "resource_text", "resource_string", "resource_span", "resource_quantity",
    "resource_reference",
})  # fmt: skip
# A text of the source in which a statement speaks to the record; a name in braces is filled in.
SPEAKS = re.compile(
    rf"\b(?:FROM|JOIN|UPDATE|INTO|ONLY|USING)\s+(?:(?:{'|'.join(sorted(RECORD))}|locator)\b|{{table}})", re.IGNORECASE
)

# They read for nobody, or for the policy before there is a permit. None gives content to who asks.
FOR_NOBODY = {
    "alike.changes": "a chore finds whose human changed; each subscription is told of what its own permit opens",
    "alike._persons": "whose the Patients are that an answer shows already",
    "common.is_common": "counts words up to a limit, to choose between two plans of one search",
    "cross_reference.humans_of": "the human of Patients that were found under a permit",
    "dangers.dangers": "whether there are signs of danger, never which, for who decides that two people are one",
    "labelling.mark_former": "gives former versions the classes by which permits open them",
    "labelling.settle": "gives the resources of a visit the classes by which permits open them",
    "notifications.present": "a Subscription, which is about no person, for the chore that delivers it",
    "ordering._any_without": "whether an index may be followed, for every reader alike",
    "parameter_storage._in_force": "search parameters, which are about no person",
    "rare._are_few": "counts entries of an index up to a limit, to choose between two plans of one search",
    "rare.ranges": "the units that numbers are in, to choose between two plans of one search",
    "referring.is_known": "whether anything at all refers so, to choose between two plans of one search",
    "register.publish_staff": "what the register wrote of its staff before, to take back what is over",
    "reindexing._write": "makes anew by what resources are found",
    "reindexing.step": "makes anew by what resources are found",
    "seen.seen_at": "whether a facility saw somebody, which the policy asks before there is a permit",
    "standing._under": "a write must know that an id is taken; what is hidden is answered as if it were not there",
    "standing.has_data": "whether a Patient that is to be deleted has data",
    "standing.patient_of": "the id of somebody's own Patient, for the Consent that they give",
    "storage._replace": "a write keeps the former version",
    "storage._there": "a write must know which ids are taken",
    "storage.ids_of_file": "what a facility's own file gave before, to delete what it gives no more",
}


def mark(alias: str) -> str:
    """True, and of no effect: says in a statement that a permit was put on this alias."""
    return f"'permit on {alias}' = 'permit on {alias}'"


@lru_cache(maxsize=1 << 12)
def bare(sql: str) -> tuple[str, ...]:
    """The aliases of the record that a statement reads without a permit, in order.

    An alias stands under one where every row that it gives has passed the mark, or is found by its whole key, person
    and id, from a row of the record that did.
    """
    found = _parsed(sql)
    named = {one.alias: one for one in found.find_all(exp.CTE)}
    return tuple(sorted(name for select in found.find_all(exp.Select) for name in _bare_of(select, named)))


def _parsed(sql: str) -> exp.Expression:
    """The statement, its placeholders as parameters, and the operators of `text_pattern_ops` as those they are like."""
    plain = re.sub(r"%\(\w+\)s|%s", "$1", sql).replace("%%", "%").replace("~>=~", ">=").replace("~<~", "<")
    return sqlglot.parse_one(plain, dialect="postgres")


def _bare_of(select: exp.Select, named: dict[str, exp.CTE]) -> set[str]:
    here = [table for table in select.find_all(exp.Table) if table.parent_select is select]
    # What is found by the key of a row of another table, such as a job's list, is found by nobody's leave.
    strange = {table.alias_or_name for table in here if not _is_of_record(table, named)}
    tests = list(_conditions(select))
    left = {table.alias_or_name for table in here if table.name in RECORD}
    left -= {name for name in left if any(_says(test, mark(name)) for test in tests)}
    while found := {name for name in left if any(_keyed(tests, name, one) for one in _others(tests) - left - strange)}:
        left -= found
    return left


def _is_of_record(table: exp.Table, named: dict[str, exp.CTE]) -> bool:
    """Whether a table is the record's, or a part of the statement that reads the record: that is looked at itself."""
    part = named.get(table.name)
    return table.name in RECORD or (part is not None and any(one.name in RECORD for one in part.find_all(exp.Table)))


def _conditions(select: exp.Select) -> Iterator[exp.Expression]:
    """What every row of a SELECT has passed: its WHERE, and what its inner joins are made on."""
    if where := select.args.get("where"):
        yield where.this
    for join in select.args.get("joins") or ():
        if not join.side and (on := join.args.get("on")):
            yield on


def _says(test: exp.Expression, said: str) -> bool:
    """Whether what passes a test has passed what is said: one part of an AND says it, or each part of an OR. Nothing
    passes `false`.
    """
    test = test.unnest()
    if isinstance(test, exp.And):
        return _says(test.left, said) or _says(test.right, said)
    if isinstance(test, exp.Or):
        return _says(test.left, said) and _says(test.right, said)
    return test == exp.false() or test.sql(dialect="postgres") == said


def _others(tests: list[exp.Expression]) -> set[str]:
    """The aliases that the tests speak of."""
    return {column.table for test in tests for column in test.find_all(exp.Column)} - {""}


def _keyed(tests: list[exp.Expression], name: str, other: str) -> bool:
    """Whether a row of one alias is found by its whole key from a row of the other."""

    def tied(column: str) -> bool:
        both = (f"{name}.{column} = {other}.{column}", f"{other}.{column} = {name}.{column}")
        return any(_says(test, said) for test in tests for said in both)

    return tied("person") and tied("id")
