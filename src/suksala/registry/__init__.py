"""Registry: which facilities exist, where they stand and to which network they belong.

Speaks    FHIR Organization; IHE mCSD; the ministry's 5-digit facility code (HOSPCODE).
Keeps     the table registry_facility.
Not here  people (identity); areas and their names (standards.thai_codes).
"""

from .domain import KINDS, Facility, FacilityListProblem, org_number
from .service import district_name, districts, facilities, facility, forget_cache, import_facilities

__all__ = [
    "KINDS",
    "Facility",
    "FacilityListProblem",
    "district_name",
    "districts",
    "facilities",
    "facility",
    "forget_cache",
    "import_facilities",
    "org_number",
]
