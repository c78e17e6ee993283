"""Audit: what was done, by whom, to whose record and why. Facts are appended and never changed.

Speaks    FHIR AuditEvent; IHE BALP; HL7 ActReason for the purpose.
Keeps     the table `audit`, split by month (Bangkok time), and audit_*: the tree of hashes that proves it.
Proves    RFC 6962 Merkle tree, C2SP checkpoints, co-signed by other nodes (C2SP tlog-witness); decision 0090.
Not here  whether it was allowed (consent).
Reads     put `READ_CTE` in front of the SELECT: the fact and the data travel in one round trip, fact first.
"""

from .domain import Fact, Opening, UnknownKind, Veil, Wanted
from .kinds import CHOSEN, DONE, LISTED, NAMED, READINGS, SHOWN
from .notes import Checkpoint, Note, NoteProblem, Verifier
from .origin import coming_from
from .retiring import TooYoung, retire
from .sealing import lag, look_back, newest_checkpoint, own_keys, seal, signer
from .service import (
    ensure_partitions,
    facts,
    facts_wanted,
    kinds,
    listings,
    of_persons,
    opened_on,
    openings,
    readers_across,
    record,
    record_many,
    record_now,
)
from .storage import DURABLE_CTE, READ_CTE, page_cte, page_values, read_values
from .verifying import Finding, Report, document_of, verify, verify_document
from .witnesses import WitnessRefusal, add_checkpoint, forget_silence, gather, own_witnesses, quorum, silence

__all__ = [
    "CHOSEN",
    "DONE",
    "DURABLE_CTE",
    "LISTED",
    "NAMED",
    "READINGS",
    "READ_CTE",
    "SHOWN",
    "Checkpoint",
    "Fact",
    "Finding",
    "Note",
    "NoteProblem",
    "Opening",
    "Report",
    "TooYoung",
    "UnknownKind",
    "Veil",
    "Verifier",
    "Wanted",
    "WitnessRefusal",
    "add_checkpoint",
    "coming_from",
    "document_of",
    "ensure_partitions",
    "facts",
    "facts_wanted",
    "forget_silence",
    "gather",
    "kinds",
    "lag",
    "listings",
    "look_back",
    "newest_checkpoint",
    "of_persons",
    "opened_on",
    "openings",
    "own_keys",
    "own_witnesses",
    "page_cte",
    "page_values",
    "quorum",
    "read_values",
    "readers_across",
    "record",
    "record_many",
    "record_now",
    "retire",
    "seal",
    "signer",
    "silence",
    "verify",
    "verify_document",
]
