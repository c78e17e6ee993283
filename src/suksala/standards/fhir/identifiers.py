"""Identifier systems. Citizen ids and facilities have two official-looking ones each: both come in, one goes out."""

from __future__ import annotations

import re
from types import MappingProxyType

_ID = "https://terms.sil-th.org/id/"
_LOCAL = "https://terms.sil-th.org/hcode/5/"

CITIZEN_ID = f"{_ID}th-cid"
HOSPCODE = f"{_ID}th-moph-hcode"
HOSPCODE9 = "https://terms.sil-th.org/hcode/9"  # the guide has no system for the nine-character code; its path does
PASSPORT = "http://hl7.org/fhir/sid/passport-THA"

# Systems other Thai programs use for the same number -> ours (MOPH-PHR, HealthTAG; SIL-TH's own alias slip).
ACCEPTED = MappingProxyType(
    {
        "https://www.dopa.go.th": CITIZEN_ID,
        "http://www.dopa.go.th": CITIZEN_ID,
        "https://bps.moph.go.th/hcode/5": HOSPCODE,
        "https://bps.moph.go.th/hcode/9": HOSPCODE9,
        "https://hl7.org/fhir/sid/passport-THA": PASSPORT,
        f"{_ID}passport": PASSPORT,
    }
)

# Numbers a facility gives: the last part of the local system.
LOCAL_KINDS = frozenset(
    {
        "HN", "VN", "AN", "PID", "HouseId", "Provider", "Drug", "SelfDrug", "Inv", "InvLt", "Refer", "ReferDoc",
        "Procedure", "Lab", "LabItem", "Rad", "DepCode", "Device",
    }
)  # fmt: skip
_LOCAL_FORM = re.compile(re.escape(_LOCAL) + r"([0-9]{5})/([A-Za-z]+)", re.ASCII)


def canonical(system: str) -> str:
    """The system this platform writes for the one received; unknown systems come back unchanged.

    >>> canonical("https://www.dopa.go.th")
    'https://terms.sil-th.org/id/th-cid'
    """
    return ACCEPTED.get(system, ACCEPTED.get(system.rstrip("/"), system))


def local_system(hospcode: str, kind: str) -> str:
    """The system of a number that one facility gives, such as kind PID, HN, VN (SEQ) or AN. Raises KeyError."""
    if kind not in LOCAL_KINDS:
        raise KeyError(kind)
    return f"{_LOCAL}{hospcode}/{kind}"


def facility_system(system: str) -> tuple[str, str] | None:
    """Facility code and kind of a local system, or None: the reverse of `local_system`."""
    found = _LOCAL_FORM.fullmatch(system)
    return (found[1], found[2]) if found and found[2] in LOCAL_KINDS else None
