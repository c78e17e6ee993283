"""Exchange: the shared health record behind the FHIR API.

Speaks    HL7 FHIR R4 (4.0.1) with Thai identifier and code systems; IHE QEDm-like reads; Bangkok days in date search.
Keeps     resource, resource_history, locator, resource_string, patient_part, home_part.
Not here  who a person is (identity), who may read (consent), the rows themselves (lake).
"""

from .bulk_local import export_files, load_file
from .domain import DepositRef, Entry, ImportResult, SearchProblem, Source
from .importing import Persons, columns_of
from .mapping import FILES
from .reference import reference_markdown
from .reindexing import keep as keep_index
from .reindexing import state as index_state
from .service import everything, import_rows, keep_house, publish_organizations, read, rebuild, search, timeline
from .storage import settle
from .web import fhir_application

__all__ = [
    "FILES",
    "DepositRef",
    "Entry",
    "ImportResult",
    "Persons",
    "SearchProblem",
    "Source",
    "columns_of",
    "everything",
    "export_files",
    "fhir_application",
    "import_rows",
    "index_state",
    "keep_house",
    "keep_index",
    "load_file",
    "publish_organizations",
    "read",
    "rebuild",
    "reference_markdown",
    "search",
    "settle",
    "timeline",
]
