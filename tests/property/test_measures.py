"""Laws of the measures: SQL and plain Python agree on random populations, and every figure keeps its own laws."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from suksala.standards.thai_codes import dates
from suksala.warehouse import definition, definitions
from suksala.warehouse.domain import window
from suksala.warehouse.formula import EXACT, Node, Number, Operand, Operation, evaluate, parse
from suksala.warehouse.portable import compile_sql
from suksala.warehouse.silver import MEASURE_TABLES
from suksala.warehouse.workbench import ROWS
from tests.property.measures_oracle import Human, verdicts
from tests.unit.warehouse.population import LAKE, Population

LAW = settings(max_examples=20, derandomize=True, deadline=None)
FEW = settings(max_examples=8, derandomize=True, deadline=None)
START = date(2024, 10, 1)

# Days that crowd around the edges: the years' and the quarters' first and last days, and a few between.
EDGES = [
    date(2024, 9, 30),
    START,
    date(2025, 3, 1),
    date(2025, 3, 31),
    date(2025, 4, 1),
    date(2025, 9, 30),
    date(2025, 10, 1),
]
days = st.sampled_from(EDGES)
maybe_day = st.none() | days
upper = st.sampled_from([None, 0, 59, 120, 139, 140, 160, 301])
lower = st.sampled_from([None, 29, 80, 89, 90, 95])


def rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few rows, each at one of the human's facilities."""
    return st.lists(st.fixed_dictionaries({"hospcode": st.sampled_from(["00001", "00002"]), **columns}), max_size=3)


FILES = {
    "death": rows(ddeath=maybe_day),
    "chronic": rows(
        dx3=st.sampled_from(["E09", "E10", "E14", "E15", "I10", "I15", "J45"]),
        date_diag=days,
        typedisch=st.sampled_from(["01", "03", "05", "08", "11", None]),
    ),
    "diagnosis_opd": rows(dx3=st.sampled_from(["E11", "I16", "I11"]), date_serv=days),
    "diagnosis_ipd": rows(
        dx3=st.sampled_from(["E11", "I11"]),
        datetime_admit=days.map(lambda d: datetime(d.year, d.month, d.day, 23, tzinfo=UTC)),
    ),
    "labfu": rows(
        labtest=st.sampled_from(["0531601", "05", "0531002"]),
        labnum=st.sampled_from([None, 2.9, 3.0, 6.9, 7.0, 20.0, 20.1]),
        date_serv=days,
    ),
    "chronicfu": rows(sbp=upper, dbp=lower, date_serv=days),
    "service": rows(sbp=upper, dbp=lower, date_serv=days, time_serv=st.sampled_from([None, "080000", "140000"])),
    "ncdscreen": rows(
        date_serv=days,
        sbp_1=upper,
        dbp_1=lower,
        sbp_2=upper,
        dbp_2=lower,
        bslevel=st.sampled_from([None, 19.9, 20.0, 126.0, 1000.5]),
        bstest=st.sampled_from([None, "1", "4", "9"]),
    ),
}
registration = st.fixed_dictionaries(
    {
        "birth": st.sampled_from([None, date(1958, 3, 31), date(1989, 10, 1), date(1989, 10, 2), date(2010, 3, 31)]),
        "nation": st.sampled_from(["099", "099", "099", "048", None]),
        "typearea": st.sampled_from(["1", "1", "3", "4", "2", "5", None]),
        "discharge": st.sampled_from(["9", "9", "9", "1", "2", None]),
        "ddischarge": maybe_day,
        "movein": st.none() | days,
        "d_update": days.map(lambda d: datetime(d.year, d.month, d.day, tzinfo=UTC)),
    }
)
fact = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["open", "login", "login", "register"]),
        "on_date": days,
        "hospcode": st.sampled_from([None, "00001", "00002"]),
        "demonstration": st.booleans(),
    }
)
human = st.fixed_dictionaries(
    {
        "person": st.dictionaries(st.sampled_from(["00001", "00002"]), registration, min_size=1),
        "files": st.fixed_dictionaries(FILES),
        "facts": st.lists(fact, max_size=4),
        "trusted": st.sampled_from([True, True, True, False]),
    }
)


def population(humans: list[dict[str, Any]]) -> tuple[Population, dict[str, Human]]:
    """The drawn humans for the engine, and the same for the oracle."""
    people, plain = Population(), {}
    for number, drawn in enumerate(humans):
        pid = f"h{number}"
        mine: dict[str, list[dict[str, Any]]] = {"person": []}
        for hospcode, values in drawn["person"].items():
            mine["person"].append({**values, "hospcode": hospcode, "pid": pid, "sex": "1", "cid": None})
        for file, found in drawn["files"].items():
            mine[file] = [{**row, "pid": pid} for row in found]
        for file, found in mine.items():
            people.files[file] += found
        facts = [{**f, "pid": pid} for f in drawn["facts"]]
        people.facts += [{**f, "demonstration": "yes" if f["demonstration"] else ""} for f in facts]
        if not drawn["trusted"]:
            people.untrusted.add(pid)
        plain[pid] = Human(dict(mine), facts, drawn["trusted"])
    return people, plain


@LAW
@given(humans=st.lists(human, max_size=6), quarter=st.integers(1, 4))
def test_two_engines_agree_on_every_human(humans: list[dict[str, Any]], quarter: int) -> None:
    """Every measure, human by human: the same facility, the same place, the same reason."""
    people, plain = population(humans)
    period = dates.period(f"2568Q{quarter}")
    start, end = window(period)
    bench, names = people.workbench(), people.names()
    for measure in definitions():
        bench.make_rows(measure.version(2568), period)
        found = bench.engine.rows(f"SELECT human, hospcode, in_a, in_b, reason FROM {ROWS}")
        by_sql = Counter((names[h], code, bool(a), bool(b), reason) for h, code, a, b, reason in found)
        by_hand = Counter(
            (pid, v.hospcode, v.in_a, v.reason is None, v.reason)
            for pid, one in plain.items()
            for v in verdicts(one, measure.code, start, end)
        )
        assert by_sql == by_hand, measure.code
        assert max(by_sql.values(), default=1) == 1  # one row per human, and per facility where the sheet counts so
    older = definition("ht-controlled").version(2565)  # is the measure of the last two visits
    assert bench.count(older, period) == bench.count(definition("ht-controlled-two-visits").version(2568), period)


@FEW
@given(humans=st.lists(human, max_size=5), quarter=st.integers(1, 3))
def test_the_numbers_of_a_facility_add_up(humans: list[dict[str, Any]], quarter: int) -> None:
    """A and C are within B; nobody of the universe is lost: B and the excluded make it whole."""
    people, plain = population(humans)
    bench, period = people.workbench(), dates.period(f"2568Q{quarter}")
    for measure in definitions():
        counts = bench.count(measure.version(2568), period)
        assert all(f.counts[o] <= f.counts["B"] for f in counts for o in f.counts)
        universe = sum(len(list(verdicts(h, measure.code, *window(period)))) for h in plain.values())
        assert sum(f.counts["B"] + sum(f.excluded.values()) for f in counts) == universe
        assert all(0 <= f.contested <= f.counts["B"] for f in counts)


@FEW
@given(humans=st.lists(human, min_size=1, max_size=4), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_figure(humans: list[dict[str, Any]], seed: Any) -> None:
    """Rows come in any order; sending them twice under the same key is the lake's affair."""
    people, _ = population(humans)
    period = dates.period("2568Q4")
    bench = people.workbench()
    before = {m.code: bench.count(m.version(2568), period) for m in definitions()}
    for file in LAKE:
        seed.shuffle(people.files[file])
    bench = people.workbench()
    assert {m.code: bench.count(m.version(2568), period) for m in definitions()} == before


nodes: st.SearchStrategy[Node] = st.recursive(
    st.integers(0, 999).map(lambda n: Number(Decimal(n))) | st.sampled_from("ABCDEF").map(Operand),
    lambda inner: st.builds(Operation, st.sampled_from("+-*/"), inner, inner),
    max_leaves=12,
)


def printed(node: Node) -> str:
    """A formula with every bracket."""
    if isinstance(node, Operation):
        return f"({printed(node.left)}{node.sign}{printed(node.right)})"
    return node.name if isinstance(node, Operand) else str(node.value)


@given(node=nodes, values=st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_a_formula_reads_back_and_equals_python(node: Node, values: list[int]) -> None:
    """parse(print(x)) == x, and the value is that of exact decimal arithmetic."""
    assert parse(printed(node)) == node
    given_values = dict(zip("ABCDEF", values, strict=True))
    found = evaluate(node, given_values)
    names = {name: Decimal(value) for name, value in given_values.items()}
    assert found == _by_hand(node, names)


def _by_hand(node: Node, names: dict[str, Decimal]) -> Decimal | None:
    if not isinstance(node, Operation):
        return names[node.name] if isinstance(node, Operand) else node.value
    left, right = _by_hand(node.left, names), _by_hand(node.right, names)
    if left is None or right is None or (node.sign == "/" and right == 0):
        return None
    work = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply, "/": EXACT.divide}
    return work[node.sign](left, right)


def test_every_measure_reads_back() -> None:
    """The canonical text of each definition compiles to itself: its hash does not depend on its layout."""
    for measure in definitions():
        for version in measure.versions:
            assert compile_sql(version.sql.pretty(), tables=MEASURE_TABLES) == version.sql


def test_the_window_is_the_fiscal_year_so_far() -> None:
    """Every quarter starts on 1 October and ends on its own last day."""
    for quarter in range(1, 5):
        start, end = window(dates.period(f"2568Q{quarter}"))
        assert (start, (end + timedelta(1)).day) == (START, 1)
