"""The examples as a Bruno collection: plain text files; the address and the token are variables of the reader's own."""

from __future__ import annotations

import io
import re
import zipfile

from .examples import EXAMPLES

_SETUP = """vars {
  base: http://localhost:8000/fhir
}
vars:secret [
  token
]
"""
_COLLECTION = """{
  "version": "1",
  "name": "Suksala FHIR",
  "type": "collection"
}
"""


def files() -> dict[str, str]:
    """The files of the collection by name. The token is a secret of the environment: Bruno keeps it out of files."""
    return {
        "bruno.json": _COLLECTION,
        "environments/suksala.bru": _SETUP,
        "01-metadata.bru": _request(1, "What the server answers", "metadata", auth=False),
        **{
            f"{number:02}-{_slug(one.title.en)}.bru": _request(number, one.title.en, one.address)
            for number, one in enumerate(EXAMPLES, start=2)
        },
    }


def zipped() -> bytes:
    """The collection as one zip, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files().items():
            archive.writestr(zipfile.ZipInfo(f"suksala-bruno/{name}"), text)
    return out.getvalue()


def _request(number: int, title: str, address: str, *, auth: bool = True) -> str:
    kind = "bearer" if auth else "none"
    token = "auth:bearer {\n  token: {{token}}\n}\n\n" if auth else ""
    return (
        f"meta {{\n  name: {title}\n  type: http\n  seq: {number}\n}}\n\n"
        f"get {{\n  url: {{{{base}}}}/{address}\n  body: none\n  auth: {kind}\n}}\n\n"
        "headers {\n  Accept: application/fhir+json\n}\n\n"
        f"{token}"
        'tests {\n  test("200", () => expect(res.getStatus()).to.equal(200));\n}\n'
    )


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
