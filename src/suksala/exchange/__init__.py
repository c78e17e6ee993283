"""Exchange: the shared health record behind the FHIR API.

Speaks    HL7 FHIR R4 (4.0.1) with Thai identifier and code systems; IHE QEDm-like reads; Bangkok days in date search.
Keeps     resource, resource_history, locator, resource_string, search_parameter, patient_part, home_part.
Not here  who a person is (identity), who may read (consent), the rows themselves (lake).
"""

from .bulk_local import export_files, load_file
from .contexts import patient_id_of
from .corrections import Corrections, JointReader, ToldClient, corrections
from .corrections import recent as recent_corrections
from .domain import DepositRef, Entry, ImportResult, SearchProblem, Source
from .emergency import EMERGENCY_VISITS, emergency_copy, read_emergency_copy
from .importing import Persons, columns_of
from .mapping import FILES
from .parameter_storage import listed as list_search_parameters
from .reference import reference_markdown
from .register import publish_facilities, publish_staff
from .reindexing import keep as keep_index
from .reindexing import state as index_state
from .seen import seen_at
from .service import (
    add_search_parameter,
    everything,
    import_rows,
    keep_house,
    read,
    read_resource,
    rebuild,
    retire_search_parameter,
    search,
    show_consent,
    timeline,
)
from .sockets import websocket_application
from .storage import settle
from .ties import days_of_care, household_keys
from .usage import Usage
from .usage import clients as usage_clients
from .usage import limits as usage_limits
from .usage import of_client as usage_of_client
from .web import fhir_application

__all__ = [
    "EMERGENCY_VISITS",
    "FILES",
    "Corrections",
    "DepositRef",
    "Entry",
    "ImportResult",
    "JointReader",
    "Persons",
    "SearchProblem",
    "Source",
    "ToldClient",
    "Usage",
    "add_search_parameter",
    "columns_of",
    "corrections",
    "days_of_care",
    "emergency_copy",
    "everything",
    "export_files",
    "fhir_application",
    "household_keys",
    "import_rows",
    "index_state",
    "keep_house",
    "keep_index",
    "list_search_parameters",
    "load_file",
    "patient_id_of",
    "publish_facilities",
    "publish_staff",
    "read",
    "read_emergency_copy",
    "read_resource",
    "rebuild",
    "recent_corrections",
    "reference_markdown",
    "retire_search_parameter",
    "search",
    "seen_at",
    "settle",
    "show_consent",
    "timeline",
    "usage_clients",
    "usage_limits",
    "usage_of_client",
    "websocket_application",
]
