"""`suksala simulate`."""

from __future__ import annotations

from pathlib import Path

from .console import print_json, progress


def simulate(*, people: int, districts: int, seed: int, out: Path, as_json: bool) -> None:
    """Make up districts and write their zips and the truth to `out`."""
    from suksala import simulation

    made = simulation.simulate(people=people, districts=districts, seed=seed, out=out, progress=progress(quiet=as_json))
    if as_json:
        print_json(
            {
                "out": str(made.out),
                "zips": [path.name for path in made.zips],
                "people": made.people,
                "registrations": made.registrations,
                "visits": made.visits,
                "errors": made.errors,
                "rows": dict(sorted(made.rows.items())),
            }
        )
        return
    print(
        f"{made.people:,} คน · people\n{made.registrations:,} ทะเบียน · registrations\n"
        f"{made.visits:,} ครั้งบริการ · visits\n"
        f"{sum(made.rows.values()):,} แถวใน {len(made.zips)} แฟ้ม zip · rows in {len(made.zips)} zips\n"
        f"{made.errors:,} ข้อผิดพลาดที่ใส่ไว้ · injected errors\n{made.out}"
    )


def label(*, people: int, seed: int, out: Path, as_json: bool) -> None:
    """Make up people and write their labelled registrations and line lists to `out`."""
    from suksala import simulation

    made = simulation.write_labelled(people=people, seed=seed, out=out, progress=progress(quiet=as_json))
    if as_json:
        counts = {"people": made.people, "registrations": made.registrations, "cases": made.cases}
        print_json({"out": str(made.out), **counts})
        return
    print(
        f"{made.people:,} คน · people\n{made.registrations:,} ทะเบียน · registrations\n"
        f"{made.cases:,} แถวรายชื่อผู้ป่วย · line-list rows\n{made.out}"
    )
