"""Thai codes: numbers, names, dates and places as Thai health data writes them.

citizen_number  the 13-digit national number: class, trust, check digit, made-up numbers
names           titles, given and family names made comparable; placeholders of newborns
dates           dates of the files, Thai fiscal years and quarters, dates as Thai and English readers write them
phones          telephone numbers made comparable
addresses       provinces, districts, sub-districts by code; village numbers
sort_key, folded  Thai order; a key for searching
one_byte        a name as single bytes, for whatever compares bytes
Not here        any decision that two persons are one (identity).
"""

from . import _addresses as addresses
from . import _citizen_number as citizen_number
from . import _dates as dates
from . import _names as names
from . import _phones as phones
from ._addresses import Area, district, province, subdistrict
from ._citizen_number import CitizenNumber, NumberClass
from ._collation import folded, folded_text, sort_key
from ._comparing import one_byte
from ._dates import Birth, Fault, Period, english_date, fiscal_year, period, quarter, quarter_end, thai_date
from ._names import Newborn, PersonName

__all__ = [
    "Area",
    "Birth",
    "CitizenNumber",
    "Fault",
    "Newborn",
    "NumberClass",
    "Period",
    "PersonName",
    "addresses",
    "citizen_number",
    "dates",
    "district",
    "english_date",
    "fiscal_year",
    "folded",
    "folded_text",
    "names",
    "one_byte",
    "period",
    "phones",
    "province",
    "quarter",
    "quarter_end",
    "sort_key",
    "subdistrict",
    "thai_date",
]
