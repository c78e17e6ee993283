"""Made-up people who give care, kept in the register of practitioners as a steward keeps them."""

from __future__ import annotations

from datetime import date

from suksala import registry
from suksala.foundation import database


def practitioner(
    hospcode: str,
    licence: str = "12345",
    *,
    given: str = "สมหญิง",
    family: str = "รักเรียน",
    licensed_until: date | None = None,
    works_until: date | None = None,
) -> int:
    """A doctor of a facility, by their number in the registry; the facility is made where there is none."""
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES (%s, 'รพ.สมมติ', 'Made-up Hospital', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
        [hospcode],
    )
    registry.forget_cache()
    told = registry.ProviderRow(
        *("", "01", licence),
        title="พญ.",
        given_th=given,
        family_th=family,
        codes=("01",),
        licence_until=licensed_until,
        until=works_until,
    )
    registry.keep_practitioner(hospcode, told, actor="account:steward")
    return registry.practitioner_of_licence("01", licence).id
