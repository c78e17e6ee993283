"""The 43 files (โครงสร้างมาตรฐานข้อมูลด้านสุขภาพ 43 แฟ้ม): every file, field and code table, and how to read one.

Speaks    version 2.4.1 of the standard and the older ones it grew from; names keep their official capitals.
Keeps     nothing; the tables under data/ are made by tools/make_file43_tables.py.
Not here  zip containers and rows (ingest); what a row means to FHIR (exchange).
"""

from .errors import FileRefused
from .layout import Layout, read_layout
from .model import CodeTable, Field, FileSpec
from .naming import ZipName, file_named, zip_name
from .reference import reference_markdown
from .tables import CODE_TABLES, FILES, VERSIONS, code_table
from .transcoding import Encoding, detect_encoding, transcode

__all__ = [
    "CODE_TABLES",
    "FILES",
    "VERSIONS",
    "CodeTable",
    "Encoding",
    "Field",
    "FileRefused",
    "FileSpec",
    "Layout",
    "ZipName",
    "code_table",
    "detect_encoding",
    "file_named",
    "read_layout",
    "reference_markdown",
    "transcode",
    "zip_name",
]
