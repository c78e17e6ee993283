"""Suksala (สุขศาลา): an open health information exchange and district learning platform for Thailand."""

__version__ = "0.1.0"
