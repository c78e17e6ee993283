"""Print docs/bruno and the pages of docs/reference that come from the code: `make docs`. A contract test fails when one
is stale.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from suksala import exchange, governance
from suksala.commands import reference
from suksala.ingest import reference_markdown
from suksala.portals.public import bruno
from suksala.standards import fhir, file43
from tools import error_codes

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
BRUNO = FOLDER.parent / "bruno"
PAGES: Mapping[str, Callable[[], str]] = {
    "classes.md": governance.classes_markdown,
    "cli.md": reference.cli,
    "connections.md": governance.connections_markdown,
    "errors.md": error_codes.page,
    "fhir-search.md": exchange.reference_markdown,
    "fhir-validation.md": fhir.validation.reference_markdown,
    "file43.md": file43.reference_markdown,
    "keys.md": governance.keys_markdown,
    "logs.md": governance.logs_markdown,
    "packages.md": governance.packages_markdown,
    "receipt.md": reference_markdown,
}


def main() -> None:
    """Write every page anew."""
    with TemporaryDirectory() as nowhere:  # settings want a data folder; the database is not asked
        os.environ.update(SUKSALA_DATA=nowhere, DJANGO_SETTINGS_MODULE="suksala.foundation.django_settings")
        django.setup()  # the classes of columns stand at Django's models
        _print()


def _print() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")
    for name, text in bruno.files().items():
        (BRUNO / name).parent.mkdir(parents=True, exist_ok=True)
        (BRUNO / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
