"""Why a whole file could not be read. Codes are stable: senders' programs look them up."""

from suksala.foundation.errors import SuksalaError


class FileRefused(SuksalaError):
    """One file of a zip cannot be read at all; nothing of it was taken.

    SKL-FILE-001 UTF-16 or UTF-32 · 002 UTF-8 damaged · 003 neither UTF-8 nor TIS-620 · 004 not a text file
    SKL-FILE-005 a line without end · 006 no header and no version fits · 007 another delimiter · 008 empty
    SKL-FILE-009 converted twice
    """

    code = "SKL-FILE-000"
