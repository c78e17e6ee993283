"""Diabetes: whose HbA1c was tested and whose blood sugar is under control (indicators 6; readings R-40, R-41)."""

from __future__ import annotations

from tests.unit.warehouse.population import Population, count, told


def diabetics(*pids: str) -> Population:
    """Usual residents who have had diabetes for years."""
    rows = "\n".join(f"{pid} | E11 | 2015-06-01 | 03" for pid in pids)
    return Population().people(*pids).add("chronic", f"pid | dx3 | date_diag | typedisch\n{rows}")


def test_controlled_is_below_seven_percent() -> None:
    """The last HbA1c of the fiscal year decides, both sides of each edge; the untested stay in the denominator."""
    people = diabetics("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k").add(
        "labfu",
        """
        pid | labtest | labnum | date_serv
        a   | 0531601 | 6.99   | 2025-03-01   # below 7
        b   | 0531601 | 7.0    | 2025-03-01   # 7 exactly is not below 7
        c   | 0531601 | 9.0    | 2024-10-01   # first day of the fiscal year
        c   | 0531601 | 6.5    | 2025-09-30   # last day of the fiscal year: this one decides
        d   | 0531601 | 6.5    | 2024-09-30   # a day too early
        e   | 0531601 | 6.5    | 2025-10-01   # a day too late
        f   | 05      | 6.5    | 2025-03-01   # the 2-digit code of older files
        g   | 0531002 | 6.5    | 2025-03-01   # fasting glucose, not HbA1c
        h   | 0531601 | 2.99   | 2025-03-01   # impossible: not counted
        i   | 0531601 | 3.0    | 2025-03-01   # the lowest that counts
        j   | 0531601 | 6.5    | 2025-03-01
        j   | 0531601 | 7.5    | 2025-03-01   # two on one day: the higher decides
        k   | 0531601 | 20.01  | 2025-03-01   # impossible: not counted
        """,
    )
    assert told(people, "dm-controlled", "2568Q4") == {
        "a": "A", "b": "B", "c": "A", "d": "B", "e": "B", "f": "A", "g": "B", "h": "B", "i": "A", "j": "B", "k": "B",
    }  # fmt: skip
    assert told(people, "hba1c-tested", "2568Q4") == {
        "a": "A", "b": "A", "c": "A", "d": "B", "e": "B", "f": "A", "g": "B", "h": "B", "i": "A", "j": "A", "k": "B",
    }  # fmt: skip
    (facility,) = count(people, "dm-controlled", "2568Q4")
    assert facility.counts == {"A": 4, "B": 11, "C": 6}
