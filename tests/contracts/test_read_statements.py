"""How a statement is read for the second wall: which of its aliases stand under a permit (decision 0197)."""

from __future__ import annotations

import pytest

from tests.record_statements import bare, mark

R = mark("r")
PAGE = f"WITH page AS (SELECT r.person, r.id FROM resource r WHERE {R}) SELECT b.body FROM page p"
ROWS = f"SELECT r.person, r.id FROM resource r WHERE {R}"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (ROWS, []),
        (f"{ROWS} AND (r.org = %s OR r.rtype = %s)", []),
        (f"{ROWS} OR r.org = %s", ["r"]),  # what the permit closes passes too
        (f"SELECT FROM resource r WHERE ({R} AND r.org = 1) OR ({R} AND r.person = 0)", []),
        (f"SELECT FROM resource r WHERE ({R} AND r.org = 1) OR r.person = 0", ["r"]),
        (f"SELECT FROM resource r WHERE NOT ({R})", ["r"]),
        ("SELECT FROM resource r WHERE false", []),
        ("SELECT FROM resource", ["resource"]),
        # a body of a row of a page, and what is kept beside it, by the whole key
        (f"{PAGE} JOIN resource b ON b.person = p.person AND b.id = p.id", []),
        (f"{PAGE} JOIN resource b ON b.person = p.person", ["b"]),
        (f"{PAGE} LEFT JOIN resource b ON b.person = p.person AND b.id = p.id", ["b"]),
        (f"{ROWS} AND EXISTS (SELECT FROM resource_text t WHERE t.person = r.person AND t.id = r.id)", []),
        (f"{ROWS} AND EXISTS (SELECT FROM resource_text t WHERE t.id = %s)", ["t"]),
        # a job's list of keys is nobody's leave
        ("SELECT r.body FROM bulk_page k JOIN resource r ON r.person = k.person AND r.id = k.id", ["r"]),
        # two that only name each other stand under nothing
        ("SELECT FROM resource a JOIN resource b ON b.person = a.person AND b.id = a.id", ["a", "b"]),
        # a chain: each alias has its own
        (f"{ROWS} AND EXISTS (SELECT FROM resource o WHERE o.person = r.person AND {mark('o')})", []),
        (f"{ROWS} AND EXISTS (SELECT FROM resource o WHERE o.person = r.person)", ["o"]),
        (f"{ROWS} UNION ALL SELECT v.person, v.id FROM resource_history v", ["v"]),
    ],
)  # fmt: skip
def test_which_aliases_stand_under_no_permit(sql: str, found: list[str]) -> None:
    assert bare(sql) == tuple(found)
