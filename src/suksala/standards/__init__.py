"""Standards: what others wrote down, as data and parsing. Pure: no database, no clock, no network.

Doors     file43 (the ministry's 43 files), thai_codes (numbers, names, dates, places), fhir (systems and codes).
Not here  any row of a person; any decision about one.
"""
