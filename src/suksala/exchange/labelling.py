"""Which sensitive classes a resource bears: by its own codes, by what its sender says, and by the visit it belongs to.

The column `label` holds the classes that count in its low bits (`consent.Label`), above them what the resource itself
says, so that the visit's part can be worked out anew at any time. `settle` does that, at the end of every write: a
diagnosis labels all that was recorded at its visit, for the medicines of a visit tell why somebody came. What a reader
gets tells it in `meta.security`, marked `userSelected: false`: added here, not sent.
Source: HL7 v3 ActCode InformationSensitivityPolicy; decision 0093.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from suksala import identity, registry
from suksala.consent import SENSITIVE, Label
from suksala.foundation import database
from suksala.standards import fhir

from . import dates, exact, tokens
from .domain import NAME, NUMBER, PUBLIC_PERSON

OWN = 5  # what the resource itself says stands so many bits above what counts
ALL = int(SENSITIVE)
REPRODUCTIVE = 1 << 10  # an adolescent's own matter, if it is an adolescent's
ADULT, CHILD = 20, 10  # completed years: พ.ร.บ.การป้องกันและแก้ไขปัญหาการตั้งครรภ์ในวัยรุ่น พ.ศ. 2559 มาตรา 3
_LABEL = {name: Label[name.upper().replace("-", "_")] for name in fhir.SECURITY}
_CODES = re.compile(rb'"code":"([^"\\]{1,40})"')
_WORDS = re.compile(rb"[a-z]{6,}")
_INGREDIENTS = {name.encode(): classes for name, classes in fhir.sensitive_ingredients().items()}
_OF_MEDICINES = frozenset(
    {
        "AllergyIntolerance",
        "Medication",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
    }
)
_DIAGNOSES = tuple(NUMBER[name] for name in ("Condition", "Encounter"))  # what labels the rest of a visit
_SECURITY = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


# ---- what a resource itself says ------------------------------------------------------------------------------------


def own_label(rtype: str, content: bytes, meta: Mapping[str, Any] | None) -> int:
    """The column of a resource before its visit is looked at: its own classes, nothing that counts yet.

    content  its JSON; looked at closely only where a code or a word in it may tell a class
    """
    found = 0
    if any(map(_may_tell, _CODES.findall(content))):
        for system, code in _codings(exact.loads(content)):
            found |= _bits(fhir.sensitive_classes(system, code))
    if rtype in _OF_MEDICINES:
        for word in _WORDS.findall(content.lower()):
            if word in _INGREDIENTS:
                found |= _bits(_INGREDIENTS[word])
    return found | _said(meta)


@lru_cache(maxsize=1 << 14)
def _may_tell(code: bytes) -> bool:
    return fhir.may_be_sensitive(code.decode(errors="replace"))


def _said(meta: Mapping[str, Any] | None) -> int:
    """What the sender says in meta.security: an adolescent's at any age."""
    found = 0
    for coding in sent(meta):
        for name in fhir.security_classes(coding.get("system", ""), coding.get("code", "")):
            found |= _LABEL[name] << OWN
    return found


def sent(meta: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The security labels that were sent, without those that were added here."""
    return [one for one in (meta or {}).get("security", ()) if one.get("userSelected") is not False]


def _bits(classes: Iterable[str]) -> int:
    found = 0
    for name in classes:
        found |= REPRODUCTIVE if name == "adolescent" else _LABEL[name] << OWN
    return found


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    """System and code of every Coding inside."""
    if isinstance(value, dict):
        if isinstance(value.get("code"), str) and isinstance(value.get("system"), str):
            yield value["system"], value["code"]
        for inner in value.values():
            yield from _codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codings(inner)


# ---- what counts ----------------------------------------------------------------------------------------------------

MOST_HELD = 64  # persons, a lock each
# In this order: the whole of a facility first, shared by those who hold few.
_HOLD = """
SELECT CASE WHEN is_whole AND %(few)s THEN pg_advisory_xact_lock_shared(number) ELSE pg_advisory_xact_lock(number) END
FROM (SELECT unnest(%(whole)s::bigint[]) AS number, true AS is_whole
    UNION ALL SELECT unnest(%(each)s::bigint[]), false) AS k
"""
_LABELLED = "SELECT DISTINCT person, label & %s <> 0 FROM resource WHERE person = ANY(%s::bigint[]) AND label <> 0"
# An adolescent at the moment it tells of, or else when it was told. Nobody knows the age: it is kept closed.
_AGE = f"""(b.birth IS NULL
    OR ((CASE WHEN r.date = %(never)s THEN r.upd ELSE r.date END) AT TIME ZONE 'Asia/Bangkok')::date BETWEEN
        b.birth + interval '{CHILD} years' AND b.birth + interval '{ADULT} years' - interval '1 day')"""
_WORKED_OUT = f"""
WITH b AS (SELECT * FROM unnest(%(persons)s::bigint[], %(births)s::date[]) AS b (person, birth)), own AS (
    SELECT r.person, r.id, r.rtype, r.enc,
        (r.label >> {OWN}) & {ALL}
        | CASE WHEN r.label & {REPRODUCTIVE} <> 0 AND {_AGE} THEN {int(Label.ADOLESCENT)} ELSE 0 END AS bits
    FROM resource r JOIN b USING (person) WHERE r.label <> 0 AND NOT r.deleted
), visit AS (
    SELECT person, enc, bit_or(bits) AS bits FROM own
    WHERE enc IS NOT NULL AND rtype = ANY(%(diagnoses)s::smallint[]) GROUP BY person, enc
)
"""
_UNSETTLED = f"""{_WORKED_OUT}
SELECT r.person, r.id, r.rtype, r.rid, r.label, r.toks, r.body, coalesce(o.bits, 0) | coalesce(v.bits, 0)
FROM resource r JOIN b USING (person)
LEFT JOIN own o ON o.person = r.person AND o.id = r.id
LEFT JOIN visit v ON v.person = r.person AND v.enc = r.enc
WHERE NOT r.deleted AND r.label & {ALL} <> coalesce(o.bits, 0) | coalesce(v.bits, 0)
ORDER BY r.person, r.id FOR NO KEY UPDATE OF r
"""
# Its former versions close with a deletion. Only added: no body tells any more what it said itself.
_SETTLE_DELETED = f"""{_WORKED_OUT}
UPDATE resource r SET label = r.label | v.bits FROM visit v
WHERE r.person = v.person AND r.enc = v.enc AND r.deleted AND r.label & v.bits <> v.bits
"""
_SETTLE = """
UPDATE resource SET label = %s, toks = %s::bigint[], body = %s WHERE person = %s AND id = %s
"""


class Settled(NamedTuple):
    """A resource whose classes were worked out anew, with its body as it is served now."""

    rtype: int
    rid: str
    body: bytes


def hold(persons: Collection[int], org: int | None = None) -> None:
    """Let one transaction at a time write of a person: two at once, a diagnosis and a medicine of its visit, would each
    settle without seeing what the other wrote. Before any row is written, so that nobody waits who holds one.

    org  the facility of all of them; None: looked up. Of more than a few its only writer is held, as `standing.hold`
         does, for PostgreSQL's room for locks is shared
    """
    wanted = set(persons) - {PUBLIC_PERSON}
    if not wanted:
        return
    homes = [org] if org is not None else [registry.org_number(r.hospcode) for r in identity.registrations(wanted)]
    whole = sorted({tokens.number_of(f"labels\x1f{home}") for home in homes})
    few = len(wanted) <= MOST_HELD
    each = sorted(tokens.number_of(f"labels\x1f\x1f{person}") for person in wanted) if few else []
    database.rows(_HOLD, {"whole": whole, "each": each, "few": few})


def settle(persons: Collection[int]) -> list[Settled]:
    """Work out which classes count, for all that is recorded of these persons, within the present transaction, which
    holds them (`hold`).

    The version stays: a label says how a resource is handled, not what it says (R4 security labels).
    """
    found = database.rows(_LABELLED, [REPRODUCTIVE, sorted(persons)]) if persons else []
    if not found:
        return []
    young = {person for person, reproductive in found if reproductive}
    births = {one.person: one.birth for one in identity.registrations(young)} if young else {}
    labelled = sorted({person for person, _ in found})
    values = {
        "persons": labelled,
        "births": [births.get(person) for person in labelled],
        "never": dates.LONG_AGO,
        "diagnoses": list(_DIAGNOSES),
    }
    database.execute(_SETTLE_DELETED, values)
    changed = []
    for person, number, rtype, rid, label, toks, raw, bits in database.rows(_UNSETTLED, values):
        body = told(bytes(raw), bits)
        database.execute(_SETTLE, [label & ~ALL | bits, found_by(toks, body), body, person, number])
        changed.append(Settled(rtype, rid, body))
    return changed


def told(raw: bytes, bits: int) -> bytes:
    """A resource whose meta.security tells these classes, and beside them only what was sent."""
    body = exact.loads(raw, deepest=2 * exact.MOST_DEPTH)
    kept = sent(body["meta"])
    said = {(one.get("system"), one.get("code")) for one in kept}
    added = [
        {"system": _SECURITY, "code": code, "display": display, "userSelected": False}
        for name, (code, display) in fhir.SECURITY.items()
        if bits & _LABEL[name] and (_SECURITY, code) not in said
    ]
    meta = {name: value for name, value in body["meta"].items() if name != "security"}
    body["meta"] = {**meta, "security": [*kept, *added]} if kept or added else meta
    return exact.dumps(body)


def found_by(toks: Collection[int], body: bytes) -> list[int]:
    """The tokens of a row whose labels changed: `_security` finds what the body tells."""
    codes = [code for code, _ in fhir.SECURITY.values()]
    ours = {number for code in codes for number in tokens.coding("_security", _SECURITY, code)}
    labels = exact.loads(body, deepest=2 * exact.MOST_DEPTH)["meta"].get("security", ())
    numbers = [n for one in labels for n in tokens.coding("_security", one.get("system", ""), one.get("code", ""))]
    return [*(number for number in toks if number not in ours), *(n for n in dict.fromkeys(numbers) if n in ours)]


# ---- rows from before -----------------------------------------------------------------------------------------------

_FORMER = """
SELECT h.person, h.rtype, h.rid, h.vid, h.body
FROM unnest(%s::bigint[], %s::smallint[], %s::text[]) AS k (person, rtype, rid)
JOIN resource_history h ON h.person = k.person AND h.rtype = k.rtype AND h.rid = k.rid
WHERE NOT h.deleted AND h.label = 0
"""
_MARK = "UPDATE resource_history SET label = %s WHERE person = %s AND rtype = %s AND rid = %s AND vid = %s"
_MARK_DELETED = "UPDATE resource SET label = label | %s WHERE person = %s AND rtype = %s AND rid = %s AND deleted"


def mark_former(keys: Collection[tuple[int, int, str]]) -> None:
    """Label former versions that are older than labels, and with them the deletion of what was deleted since. Of an
    unknown age every reproductive matter counts.
    """
    asked = [list(column) for column in zip(*keys, strict=True)]
    for person, rtype, rid, vid, raw in database.rows(_FORMER, asked) if keys else ():
        body = exact.loads(bytes(raw), deepest=2 * exact.MOST_DEPTH)
        own = own_label(NAME[rtype], bytes(raw), body.get("meta"))
        if own:
            counts = own >> OWN & ALL | (Label.ADOLESCENT if own & REPRODUCTIVE else 0)
            database.execute(_MARK, [own | counts, person, rtype, rid, vid])
            database.execute(_MARK_DELETED, [own | counts, person, rtype, rid])
