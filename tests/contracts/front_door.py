"""A contract for import-linter: another module is entered through its `__init__.py`, never behind it."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

# Each package of standards is a door of its own; the foundation's submodules are its front.
INNER_DOORS = {"standards": 3, "foundation": 3}


def door(module: str) -> str:
    """The name through which others may import `module`.

    >>> door("suksala.identity.storage"), door("suksala.standards.file43.reader")
    ('suksala.identity', 'suksala.standards.file43')
    """
    parts = module.split(".")
    depth = INNER_DOORS.get(parts[1], 2) if len(parts) > 1 else 1
    return ".".join(parts[:depth])


def trespasses(graph: ImportGraph, root: str) -> list[tuple[str, str]]:
    """Imports that go past another module's door, as (importer, imported)."""
    found = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            same_house = importer.split(".")[:2] == imported.split(".")[:2]
            if imported.startswith(f"{root}.") and not same_house and imported != door(imported):
                found.append((importer, imported))
    return found


class FrontDoor(Contract):
    """`a.x` may import `b`, never `b.storage`."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Kept when no import goes past a door."""
        found = trespasses(graph, self.session_options["root_packages"][0])
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that goes past a door."""
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}; the door is {door(imported)}")
