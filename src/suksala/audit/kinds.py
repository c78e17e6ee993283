"""Every kind of fact in the log, in one of five classes. Who asks "who saw this person?" asks by `READINGS`.

A kind that a module writes and that stands nowhere here fails tests/unit/audit/test_kinds.py.
"""

from __future__ import annotations

from typing import Final

CHOSEN: Final = frozenset({"read", "audit.read"})
"""Somebody opened what is known of the person whom the fact names, and chose that person."""

SHOWN: Final = frozenset(
    {
        "read.copy",  # of an emergency opening: its reader chose once, when the record was pulled
        "panel.read",
        "identity.question-seen",
        "privacy.alert-opened",
        "privacy.case-seen",
        "privacy.opening-seen",
        "privacy.request-seen",
    }
)
"""The person whom the fact names was put before a reader: on a list, in a queue, or in a copy of what they had open."""

READINGS: Final = CHOSEN | SHOWN
"""By these somebody saw what is known of the person whom the fact names: the person reads of each, and may doubt it."""

NAMED: Final = frozenset({"search", "ingest.refused-read"})
"""The person's name stood in what somebody sought or got back to mend; nothing of the record was opened. The person
reads of it too, and may doubt it. A search that found nobody names none.
"""

LISTED: Final = frozenset({"lists.read", "lists.missing-read", "lists.person-read", "lists.candidate-read"})
"""Somebody looked into line lists of a crisis, which are no records of care: the fact names no person."""

DONE: Final = frozenset(
    {
        "backup.copy", "backup.restore",
        "consent.code-declined", "consent.code-refused", "consent.code-shown", "consent.code-typed",
        "consent.code-used", "consent.expired", "consent.given", "consent.narrowed", "consent.refused",
        "consent.withdrawn",
        "create", "delete", "update", "write.refused",
        "governance.breach", "governance.breach-told",
        "grant.cosigned", "grant.cosigner-asked", "grant.ended", "grant.facility-cleared", "grant.facility-locked",
        "grant.notice-delayed", "grant.opened", "grant.patient-told", "grant.pulled", "grant.refused", "grant.reviewed",
        "grant.shredded", "grant.sought", "grant.widened",
        "identity.asked", "identity.disputed", "identity.judged", "identity.model.approved", "identity.model.counted",
        "identity.model.kept", "identity.undo", "identity.weighed",
        "ingest.apply", "ingest.receive", "ingest.refuse", "ingest.void",
        "keys.reseal", "keys.turn",
        "lists.answered", "lists.imported",
        "permit.decided", "permit.refused",
        "phr.login", "phr.register",
        "privacy.alert-judged", "privacy.case-answered", "privacy.case-opened", "privacy.case-taken", "privacy.looked",
        "privacy.request-answered", "privacy.request-made", "privacy.request-refused", "privacy.request-taken",
        "protection.ended", "protection.made",
        "proxy.agreed", "proxy.appointed", "proxy.ended",
        "registry.agreement", "registry.agreement-ended", "registry.conflict-settled", "registry.member",
        "registry.practitioners", "registry.providers", "registry.review", "registry.review-answer",
        "registry.role-ended",
        "signin.account-added", "signin.account-disabled", "signin.app-allowed", "signin.app-ended",
        "signin.app-launched", "signin.app-registered", "signin.citizen-enrolled", "signin.client-limited",
        "signin.client-quarantined", "signin.client-refused", "signin.device-cut-off", "signin.device-known",
        "signin.enrolment", "signin.enrolment-used", "signin.identity-linked", "signin.identity-proven",
        "signin.identity-unlinked", "signin.keys-ended", "signin.keys-registered", "signin.new-device",
        "signin.passkey-added", "signin.passkey-removed", "signin.password-dropped", "signin.password-kept",
        "signin.place-chosen", "signin.practitioner-tied", "signin.practitioner-unclear", "signin.refused",
        "signin.session", "signin.session-ended", "signin.step-up", "signin.telephone-kept", "signin.telephone-removed",
        "signin.token-issued", "signin.token-revoked",
        "subscription.bound",
    }
)  # fmt: skip
"""Something was done or refused; nothing of a record was shown by it."""
