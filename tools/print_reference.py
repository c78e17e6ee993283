"""Print docs/bruno and the pages of docs/reference that come from the code: `make docs`. A contract test fails when one
is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from suksala import exchange
from suksala.commands import reference
from suksala.ingest import reference_markdown
from suksala.portals.public import bruno
from suksala.standards import fhir, file43

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
BRUNO = FOLDER.parent / "bruno"
PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": reference.cli,
    "fhir-search.md": exchange.reference_markdown,
    "fhir-validation.md": fhir.validation.reference_markdown,
    "file43.md": file43.reference_markdown,
    "receipt.md": reference_markdown,
}


def main() -> None:
    """Write every page anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")
    for name, text in bruno.files().items():
        (BRUNO / name).parent.mkdir(parents=True, exist_ok=True)
        (BRUNO / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
