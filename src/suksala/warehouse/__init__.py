"""Warehouse: indicators as data, counted by portable SQL over the lake, published by facility and summed over areas.

Speaks    the ministry's KPI template; FHIR Measure and MeasureReport; Thai fiscal years and quarters.
Keeps     warehouse_run and warehouse_result (published figures); `<data>/warehouse/` (the rows behind the newest ones).
Not here  pages (portals); the facts that an own record was opened (phr writes them, audit keeps them).
"""

from .definitions import children, definition, definitions
from .disclosure import shown
from .domain import COUNTRY, REASONS, MeasureReport, Member
from .errors import NotYourPanel, NoVersion, UnknownArea, UnknownMeasure
from .panels import excluded, members
from .quality import DataQuality, Share, quality
from .releasing import ReleasedFigure, released
from .service import Computation, areas_below, breakdown, compute, measure, periods, trend
from .sheet import FORMATS, download
from .template import BASES, Measure, MeasureVersion

__all__ = [
    "BASES",
    "COUNTRY",
    "FORMATS",
    "REASONS",
    "Computation",
    "DataQuality",
    "Measure",
    "MeasureReport",
    "MeasureVersion",
    "Member",
    "NoVersion",
    "NotYourPanel",
    "ReleasedFigure",
    "Share",
    "UnknownArea",
    "UnknownMeasure",
    "areas_below",
    "breakdown",
    "children",
    "compute",
    "definition",
    "definitions",
    "download",
    "excluded",
    "measure",
    "members",
    "periods",
    "quality",
    "released",
    "shown",
    "trend",
]
