"""Sensitive classes by code: what a diagnosis, procedure, test or medicine tells that many would not have told on.

The table is ours (data/sensitive.csv), each row with the classification it is read from; `*` after a code means every
code that begins so. HL7 v3 ActCode names the classes in `meta.security`; R and V of v3-Confidentiality tell no class.
Source: HL7 v3 ActCode InformationSensitivityPolicy; ICD-10; ATC; WHO INN; the code tables of the 43 files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from .terminology import CORE, ICD10, ICD10TM, LOINC, code_system, rows

HL7 = "http://terminology.hl7.org/CodeSystem/"
ACT_CODE = HL7 + "v3-ActCode"
CONFIDENTIALITY = HL7 + "v3-Confidentiality"
ATC = "http://www.whocc.no/atc"
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"

# The code that tells a class, and its HL7 name.
SECURITY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "hiv": ("HIV", "HIV/AIDS information sensitivity"),
        "mental-health": ("PSY", "psychiatry disorder information sensitivity"),
        "sexual-violence": ("SDV", "sexual assault, abuse, or domestic violence information sensitivity"),
        "adolescent": ("ADOL", "adolescent information sensitivity"),
        "addiction": ("ETH", "substance abuse information sensitivity"),
    }
)
# Codes of senders that tell a class, or two.
_SENT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{code: frozenset({name}) for name, (code, _) in SECURITY.items()},
        **dict.fromkeys(("MH", "PSYTHPN"), frozenset({"mental-health"})),
        **dict.fromkeys(("SUD", "ETHUD", "OPIOIDUD"), frozenset({"addiction"})),
        "BH": frozenset({"mental-health", "addiction"}),
        "VIO": frozenset({"sexual-violence"}),
    }
)
_NONE: frozenset[str] = frozenset()


def _systems() -> Mapping[str, str]:
    """The name of a system in the table, by its address."""
    return {
        ICD10: "icd-10",
        ICD10TM: "icd-10",
        "http://hl7.org/fhir/sid/icd-10-cm": "icd-10",
        ICD9CM: "icd-9-cm",
        LOINC: "loinc",
        ATC: "atc",
        CORE + "cs-th-icd10tm-lab": "labtest",
        code_system("ppspecial") or "": "ppspecial",
    }


@cache
def _table() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """System -> code, or beginning of one with `*` -> classes."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for row in rows("sensitive.csv"):
        codes = found.setdefault(row["system"], {})
        codes[row["code"]] = codes.get(row["code"], _NONE) | {row["class"]}
    return found


@lru_cache(maxsize=1 << 14)
def sensitive_classes(system: str, code: str) -> frozenset[str]:
    """The classes that a code tells: hiv, mental-health, sexual-violence, addiction, and adolescent for reproductive
    health, which is sensitive at an age only.

    >>> sorted(sensitive_classes("http://hl7.org/fhir/sid/icd-10", "F02.4"))
    ['hiv', 'mental-health']
    """
    name = _systems().get(system)
    if name is None:
        return _NONE
    plain = code.upper().replace(".", "") if name == "icd-10" else code
    return _begun(_table()[name], plain)


def _begun(codes: Mapping[str, frozenset[str]], code: str) -> frozenset[str]:
    found = codes.get(code, _NONE)
    for length in range(1, len(code) + 1):
        found |= codes.get(code[:length] + "*", _NONE)
    return found


@lru_cache(maxsize=1 << 14)
def may_be_sensitive(code: str) -> bool:
    """Whether a code tells a class in any system; its own may be another. For looking at few resources closely."""
    plain = code.upper().replace(".", "")
    return any(_begun(codes, code) or _begun(codes, plain) for codes in _table().values())


@cache
def sensitive_ingredients() -> Mapping[str, frozenset[str]]:
    """Active ingredients by their international name, in small letters, with the classes they tell."""
    return _table()["ingredient"]


def security_classes(system: str, code: str) -> frozenset[str]:
    """The classes that a label in `meta.security` tells. Restricted (R) and very restricted (V) without saying why are
    every class but adolescent.

    >>> sorted(security_classes("http://terminology.hl7.org/CodeSystem/v3-ActCode", "BH"))
    ['addiction', 'mental-health']
    """
    if system == CONFIDENTIALITY and code in {"R", "V"}:
        return frozenset(SECURITY) - {"adolescent"}
    return _SENT.get(code, _NONE) if system == ACT_CODE else _NONE
