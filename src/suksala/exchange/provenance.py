"""Provenance made when it is asked for, from `meta.source`: which deposit, file, line and facility a resource came
from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from suksala.consent import Permit

from . import reads
from .domain import NAME, NUMBER, Version, split_source
from .mapping.concepts import HL7
from .parameters import STORED

DEPOSIT = "urn:suksala:deposit"
_AGENT = {"coding": [{"system": HL7 + "provenance-participant-type", "code": "author", "display": "Author"}]}


def rid_of(rtype: str, rid: str) -> str:
    """The id of the Provenance of a resource."""
    return f"pv-{NUMBER[rtype]}-{rid}"


def target_of(provenance_id: str) -> tuple[str, str] | None:
    """Type and id of the resource that a Provenance is about."""
    mark, _, rest = provenance_id.partition("-")
    number, _, rid = rest.partition("-")
    if mark != "pv" or not (number.isascii() and number.isdigit() and int(number) < len(NAME)) or not rid:
        return None
    rtype = NAME[int(number)]
    return (rtype, rid) if rtype in STORED else None


def of(rtype: str, rid: str, raw: bytes) -> tuple[str, bytes] | None:
    """Id and body of the Provenance of one resource; None for what no deposit brought (Organization)."""
    body = orjson.loads(raw)
    source = split_source(body["meta"].get("source", ""))
    if source is None:
        return None
    made: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": rid_of(rtype, rid),
        "meta": {"lastUpdated": body["meta"]["lastUpdated"]},
        "target": [{"reference": f"{rtype}/{rid}"}],
        "recorded": body["meta"]["lastUpdated"],
        "agent": [{"type": _AGENT, "who": _sender(body)}],
        "entity": [
            {
                "role": "source",
                "what": {
                    "identifier": {"system": DEPOSIT, "value": source.deposit},
                    "display": f"{source.file} แถว {source.line} · {source.file} row {source.line}",
                },
            }
        ],
    }
    return made["id"], orjson.dumps(made)


def _sender(body: dict[str, Any]) -> dict[str, Any]:
    for name in ("serviceProvider", "managingOrganization"):
        if name in body:
            return dict(body[name])
    for performer in body.get("performer", ()):
        found = performer.get("onBehalfOf") or performer.get("actor") or performer
        if "reference" in found:
            return {"reference": found["reference"]}
    return {"display": "หน่วยบริการผู้ส่ง · the sending facility"}


def read(permit: Permit, provenance_id: str) -> Version | None:
    """One Provenance, if its target may be read."""
    target = target_of(provenance_id)
    found = reads.by_id(permit, *target) if target else None
    made = of(*target, found.body) if target and found else None
    return found._replace(body=made[1]) if found and made else None


def search(permit: Permit, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, bytes]]:
    """Those of `Provenance?target=Type/id[,Type/id]`; another search finds only what clients wrote."""
    targets = [value for name, value in pairs if name == "target"]
    others = [name for name, _ in pairs if name not in {"target", "_format", "_pretty", "_count", "_total", "_summary"}]
    if len(targets) != 1 or others:
        return []
    found = []
    for value in targets[0].split(","):
        rtype, _, rid = value.rpartition("/")
        rtype = rtype.rpartition("/")[2]
        read_ = reads.by_id(permit, rtype, rid) if rtype in STORED else None
        made = of(rtype, rid, read_[2]) if read_ else None
        if made:
            found.append(made)
    return found
