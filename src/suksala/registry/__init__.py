"""Registry: which facilities and agencies exist, to which network they belong, and by which agreements data may flow.

Speaks    FHIR Organization; IHE mCSD; the ministry's 5-digit facility code (HOSPCODE).
Keeps     the tables registry_facility, registry_agreement, registry_member.
Not here  people (identity); areas and their names (standards.thai_codes).
"""

from .agencies import AGENCIES, Agency, health_region
from .domain import KINDS, Facility, FacilityListProblem, org_number
from .network import (
    BASES,
    Agreement,
    AgreementProblem,
    Flow,
    Kind,
    Membership,
    MembershipProblem,
    NetworkCounts,
    NoAgreement,
    State,
)
from .networking import (
    agreements,
    end_agreement,
    is_barred,
    is_party,
    keep_agreement,
    members,
    move_member,
    network_counts,
    require_agreement,
    told_connection,
    told_exchange,
)
from .service import district_name, districts, facilities, facility, forget_cache, import_facilities

__all__ = [
    "AGENCIES",
    "BASES",
    "KINDS",
    "Agency",
    "Agreement",
    "AgreementProblem",
    "Facility",
    "FacilityListProblem",
    "Flow",
    "Kind",
    "Membership",
    "MembershipProblem",
    "NetworkCounts",
    "NoAgreement",
    "State",
    "agreements",
    "district_name",
    "districts",
    "end_agreement",
    "facilities",
    "facility",
    "forget_cache",
    "health_region",
    "import_facilities",
    "is_barred",
    "is_party",
    "keep_agreement",
    "members",
    "move_member",
    "network_counts",
    "org_number",
    "require_agreement",
    "told_connection",
    "told_exchange",
]
