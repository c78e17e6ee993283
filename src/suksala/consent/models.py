"""The schema of consent. Rows are read and written through the files `*_storage.py` only."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from suksala.foundation.sealed import SealedField


class _Decision(models.Model):
    """The columns of one version of a consent."""

    person = models.BigIntegerField(db_comment="key: in whose name it was given")
    id = models.BigIntegerField(db_comment="key: number of the consent, drawn")
    version = models.IntegerField(db_comment="technical: how often it was decided anew, from 1")
    state = models.TextField(db_comment="technical: given, refused, withdrawn or expired")
    rule = models.JSONField(db_comment="sensitive: what may be seen by whom")
    giver = models.TextField(db_comment="direct: who decided, as the audit log names them")
    relation = models.TextField(db_comment="quasi: self, or as what a representative decided")
    channel = models.TextField(db_comment="technical: app, desk or fhir")
    evidence = models.TextField(db_comment="technical: how it is known to be theirs")
    text = models.TextField(db_comment="technical: digest of the text that was agreed to")
    since = models.DateTimeField(db_comment="technical: from when it counts")
    until = models.DateTimeField(null=True, db_comment="technical: when it ends, NULL: until withdrawn")
    decided = models.DateTimeField(db_comment="technical: when this version was decided")
    source = models.TextField(default="", db_default="", db_comment="technical: the system that sent it, may be empty")
    receivers = ArrayField(
        models.TextField(), default=list, db_default=[], db_comment="sensitive: whom it names, as kind:code"
    )

    class Meta:
        abstract = True


class ConsentRow(_Decision):
    """A consent as it stands."""

    pk = models.CompositePrimaryKey("person", "id")

    class Meta:
        db_table = "consent_given"
        indexes = (
            # What a chore looks through every minute: ends that have come and are not written down.
            models.Index(fields=["decided"], name="consent_decided"),
            GinIndex(fields=["receivers"], name="consent_receivers", condition=models.Q(state="given")),
            models.Index(fields=["until"], name="consent_ending", condition=models.Q(state__in=["given", "refused"])),
        )


class ConsentHistoryRow(_Decision):
    """Every version of every consent: appended to, never changed."""

    pk = models.CompositePrimaryKey("person", "id", "version")

    class Meta:
        db_table = "consent_history"


class GrantRow(models.Model):
    """One breaking of the glass, or the request for one. Its end is worked out and stands nowhere."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: one registration of the patient")
    id = models.UUIDField(db_comment="technical: number of the grant")
    persons = ArrayField(models.BigIntegerField(), db_comment="key: all registrations of the patient at the beginning")
    reader = models.TextField(db_comment="direct: who reads, as in the audit log")
    practitioner = models.BigIntegerField(null=True, db_comment="direct: the reader in the register of practitioners")
    name = models.TextField(db_comment="direct: the reader's name, as the patient reads it")
    facility = models.TextField(db_comment="quasi: HOSPCODE on whose behalf")
    licence = models.TextField(db_comment="direct: the reader's licence to practise")
    criterion = models.TextField(db_comment="sensitive: why, as a code")
    words = models.TextField(db_comment="sensitive: why, in the reader's words")
    encounter = models.TextField(db_comment="key: number of the emergency visit at the facility")
    extent = models.TextField(db_comment="technical: emergency-set or full-record")
    reasons = models.JSONField(
        default=list, db_default=[], db_comment="sensitive: classes of each third confirmation, and its reason"
    )
    flags = ArrayField(models.TextField(), db_comment="quasi: why the exchange's officer was told")
    state = models.TextField(
        db_comment="technical: requested, active, closed-early, expired, revoked, shredded or reviewed"
    )
    started_at = models.DateTimeField(null=True, db_comment="technical: beginning, NULL: a co-signer is waited for")
    lasts = models.IntegerField(
        default=259_200, db_default=259_200, db_comment="technical: seconds from the beginning to the end, at most"
    )
    asked_at = models.DateTimeField(null=True, db_comment="technical: when a co-signer was asked for")
    cosigner = models.TextField(default="", db_default="", db_comment="direct: who co-signed, as in the audit log")
    cosigner_name = models.TextField(default="", db_default="", db_comment="direct: the co-signer's name")
    cosigner_facility = models.TextField(default="", db_default="", db_comment="quasi: HOSPCODE of the co-signer")
    cosigner_licence = models.TextField(default="", db_default="", db_comment="direct: the co-signer's licence")
    cosigner_practitioner = models.BigIntegerField(
        null=True, db_comment="direct: the co-signer in the register of practitioners"
    )
    rest_until = models.DateTimeField(
        null=True, db_comment="technical: until when what the system left may be opened anew, NULL: nothing is left"
    )
    followed_by = models.UUIDField(null=True, db_comment="technical: the reader's next grant for the same patient")
    ended_at = models.DateTimeField(null=True, db_comment="technical: end")
    shredded_at = models.DateTimeField(null=True, db_comment="technical: when key and copy were destroyed")
    verdict = models.TextField(null=True, db_comment="technical: justified, unjustified or unclear")
    note = models.TextField(default="", db_default="", db_comment="sensitive: the reviewer's words")
    reviewed_by = models.TextField(default="", db_default="", db_comment="direct: the reviewer")
    reviewed_at = models.DateTimeField(null=True, db_comment="technical: when it was reviewed")

    class Meta:
        db_table = "consent_grant"
        indexes = [
            models.Index(fields=["id"], name="consent_grant_id"),
            models.Index(fields=["reader", "started_at"], name="consent_grant_reader"),
            models.Index(fields=["practitioner", "started_at"], name="consent_grant_practitioner"),
            models.Index(fields=["facility", "started_at"], name="consent_grant_facility"),
            models.Index(fields=["state"], name="consent_grant_state"),
        ]


class CopyRow(models.Model):
    """What a grant's reader opened, sealed under the grant's key; gone when the grant ends."""

    pk = models.CompositePrimaryKey("person", "grant_id")
    person = models.BigIntegerField(db_comment="key: person of the grant")
    grant_id = models.UUIDField(db_comment="technical: the grant")
    pulled_at = models.DateTimeField(db_comment="technical: when it was read from the record")
    sealed = models.BinaryField(db_comment="sensitive: the copy, sealed under a key that lies elsewhere")

    class Meta:
        db_table = "consent_copy"


class NoticeRow(models.Model):
    """A notice about a grant: who is to be told, from when, and when it was."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: person of the grant")
    id = models.UUIDField(db_default=RandomUUID(), db_comment="technical: number of the notice")
    grant_id = models.UUIDField(db_comment="technical: the grant")
    receiver = models.TextField(db_comment="technical: citizen, facility-officer or exchange-officer")
    facility = models.TextField(db_comment="quasi: HOSPCODE of the facility officer, else empty")
    channel = models.TextField(default="", db_default="", db_comment="technical: sms, line..., empty: on their page")
    due_at = models.DateTimeField(db_comment="technical: not told before")
    sent_at = models.DateTimeField(null=True, db_comment="technical: when it was told")
    tries = models.IntegerField(default=0, db_default=0, db_comment="technical: how often the channel did not take it")
    try_at = models.DateTimeField(db_default=Now(), db_comment="technical: not tried before")
    delayed_by = models.TextField(default="", db_default="", db_comment="direct: the officer who delayed it")
    delay_words = models.TextField(default="", db_default="", db_comment="sensitive: why")
    told_by = models.TextField(
        default="", db_default="", db_comment="direct: the officer who told the patient otherwise"
    )
    told_on = models.DateField(null=True, db_comment="technical: on which day they did")
    told_how = models.TextField(default="", db_default="", db_comment="technical: letter, visit or phone")

    class Meta:
        db_table = "consent_notice"
        indexes = [
            models.Index(fields=["channel", "try_at"], name="consent_notice_due", condition=models.Q(sent_at=None)),
            models.Index(fields=["receiver", "due_at"], name="consent_notice_receiver"),
        ]


class LockRow(models.Model):
    """A facility that may not break the glass, because it left too many openings unreviewed."""

    facility = models.TextField(primary_key=True, db_comment="technical: HOSPCODE")
    since = models.DateTimeField(db_comment="technical: when it was locked")
    cleared_at = models.DateTimeField(null=True, db_comment="technical: when an officer let it again")
    cleared_by = models.TextField(default="", db_default="", db_comment="direct: the officer")
    words = models.TextField(default="", db_default="", db_comment="technical: why")

    class Meta:
        db_table = "consent_lock"


class _Representation(models.Model):
    """The columns of one version of a representation."""

    person = models.BigIntegerField(db_comment="key: whom somebody acts for")
    id = models.BigIntegerField(db_comment="key: number of the representation, drawn")
    version = models.IntegerField(db_comment="technical: how often it was decided anew, from 1")
    representative = models.TextField(db_comment="direct: the account that acts, as the audit log names it")
    own_person = models.BigIntegerField(db_comment="key: the representative's own person")
    relation = models.TextField(db_comment="quasi: child, ward or delegate")
    rights = ArrayField(models.TextField(), db_comment="technical: view, book, consent")
    proof = models.TextField(db_comment="quasi: kind of document that shows it")
    document = SealedField(db_comment="direct: number of that document, sealed")
    since = models.DateTimeField(db_comment="technical: from when it counts")
    until = models.DateTimeField(db_comment="technical: when it ends")
    confirmed = models.DateTimeField(db_comment="technical: when it was last agreed to")
    ended = models.DateTimeField(null=True, db_comment="technical: when somebody ended it, NULL: nobody did")
    by = models.TextField(db_comment="direct: who decided, as the audit log names them")
    decided = models.DateTimeField(db_comment="technical: when this version was decided")

    class Meta:
        abstract = True


class ProxyRow(_Representation):
    """A representation as it stands."""

    pk = models.CompositePrimaryKey("person", "id")

    class Meta:
        db_table = "consent_proxy"
        indexes = (
            models.Index(fields=["representative"], name="consent_proxy_of"),
            models.Index(fields=["id"], name="consent_proxy_id"),
        )


class ProxyHistoryRow(_Representation):
    """Every version of every representation: appended to, never changed."""

    pk = models.CompositePrimaryKey("person", "id", "version")

    class Meta:
        db_table = "consent_proxy_history"


class CodeRow(models.Model):
    """A code that one person shows and another types; kept a day, then taken away."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: who shows it")
    id = models.BigIntegerField(db_comment="key: number of the code, drawn")
    kind = models.TextField(db_comment="technical: desk or represent")
    facility = models.TextField(db_comment="quasi: where it counts, may be empty")
    offer = models.JSONField(db_comment="sensitive: what it offers")
    made_by = models.TextField(db_comment="direct: the account that shows it")
    made = models.DateTimeField(db_comment="technical: when it was made")
    until = models.DateTimeField(db_comment="technical: when it ends")
    state = models.TextField(db_comment="technical: shown, seen, used or declined")
    seen_by = models.TextField(default="", db_default="", db_comment="direct: the account that typed it")
    digest = models.BinaryField(db_comment="sensitive: keyed hash of the six digits")

    class Meta:
        db_table = "consent_code"
        indexes = (
            models.Index(fields=["digest"], name="consent_code_digest"),
            models.Index(fields=["id"], name="consent_code_id"),
        )


class CodeTryRow(models.Model):
    """A code that counted for nothing, typed by somebody; kept a day."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number")
    who = models.TextField(db_comment="direct: the account that typed it")
    at = models.DateTimeField(db_comment="technical: when")

    class Meta:
        db_table = "consent_code_try"
        indexes = (models.Index(fields=["who", "at"], name="consent_try_of"),)
