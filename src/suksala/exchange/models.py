"""The stored record: resources, their former versions, where an id lives, and the parts a Patient is made of.

Each column's comment begins with its privacy class. No trigger, no re-keying: a human is a set of persons (identity),
so a
person table stays distributable by `person` (docs/decisions/0030).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class ResourceColumns(models.Model):
    """The columns that a resource and its former versions share."""

    person = models.BigIntegerField(db_comment="key: identity person; 0 for resources about no person")
    id = models.BigIntegerField(db_comment="technical: server sequence, given in blocks")
    rtype = models.SmallIntegerField(db_comment="technical: number of the resource type")
    rid = models.TextField(db_collation="C", db_comment="key: FHIR id, a keyed hash of the row's key")
    vid = models.IntegerField(db_comment="technical: version")
    upd = models.DateTimeField(db_comment="technical: last change of this version")
    deleted = models.BooleanField(default=False, db_comment="technical: true when the row behind it is gone")
    code = models.BigIntegerField(null=True, db_comment="sensitive: hash of the first coding of the code parameter")
    date = models.DateTimeField(db_comment="sensitive: first moment of the date parameter; year 1 when it has none")
    date_hi = models.DateTimeField(null=True, db_comment="sensitive: first moment after the date parameter")
    org = models.BigIntegerField(null=True, db_comment="quasi: facility that sent it")
    enc = models.BigIntegerField(null=True, db_comment="key: hash of the encounter reference")
    status = models.SmallIntegerField(null=True, db_comment="sensitive: number of the status")
    label = models.SmallIntegerField(
        default=0,
        db_comment="sensitive: classes that count (consent.Label), from bit 5 on what the resource itself says",
    )
    str = models.TextField(null=True, db_collation="C", db_comment="direct: folded family name, other folded text")
    toks = ArrayField(models.BigIntegerField(), db_comment="sensitive: hashes of every other searchable token")
    num = models.FloatField(null=True, db_comment="sensitive: number of the value-quantity, in the unit it came in")
    unit = models.BigIntegerField(null=True, db_comment="sensitive: hash of the unit of num, system and code")
    body = models.BinaryField(db_comment="sensitive: the resource as it is served")
    body_sha = models.BinaryField(db_comment="technical: digest of the content without meta, then of meta.source")

    class Meta:
        abstract = True


class Resource(ResourceColumns):
    """The present version of every resource."""

    pk = models.CompositePrimaryKey("person", "id")

    class Meta:
        db_table = "resource"
        db_table_comment = "FHIR resources, present version"
        constraints = [models.UniqueConstraint(fields=["person", "rtype", "rid"], name="resource_rid")]
        indexes = [
            models.Index(fields=["person", "rtype", "-date"], name="resource_person_date"),
            models.Index(fields=["rtype", "code", "-date"], name="resource_code_date"),
            models.Index(fields=["rtype", "date"], name="resource_type_date"),
            models.Index(fields=["rtype", "org", "-date"], name="resource_org_date"),
            models.Index(fields=["upd"], name="resource_upd"),
            models.Index(
                fields=["rtype", "str"],
                name="resource_str",
                opclasses=["int2_ops", "text_pattern_ops"],
                condition=models.Q(str__isnull=False),  # few types have a text of their own
            ),
            # Only what was measured; the unit stands before the number, as numbers are only compared in a unit.
            models.Index(
                fields=["rtype", "code", "unit", "num"],
                name="resource_code_unit_num",
                condition=models.Q(num__isnull=False),
            ),
            models.Index(
                fields=["rtype", "unit", "num"],
                name="resource_unit_num",
                condition=models.Q(num__isnull=False),
            ),
            # Few rows bear a sensitive class: the persons of whom there are any.
            models.Index(fields=["person"], name="resource_label", condition=~models.Q(label=0)),
            # New tokens wait in a list and go into the index many at a time: a quarter of the cost (storage.settle).
            GinIndex(fields=["toks"], name="resource_toks"),
        ]


class ResourceHistory(ResourceColumns):
    """Former versions; rows are only ever added."""

    pk = models.CompositePrimaryKey("person", "rtype", "rid", "vid")

    class Meta:
        db_table = "resource_history"
        db_table_comment = "FHIR resources, former versions, append only"
        indexes = [models.Index(fields=["upd"], name="resource_history_upd")]


class Locator(models.Model):
    """Which person an id belongs to: keeps ids unique over all persons and sends a read to its shard."""

    pk = models.CompositePrimaryKey("rtype", "rid")
    rtype = models.SmallIntegerField(db_comment="technical: number of the resource type")
    rid = models.TextField(db_collation="C", db_comment="key: FHIR id")
    person = models.BigIntegerField(db_comment="key: identity person")

    class Meta:
        db_table = "locator"
        db_table_comment = "FHIR id to person"


class ResourceString(models.Model):
    """Folded words of a resource for string parameters (names); many words per parameter."""

    pk = models.CompositePrimaryKey("person", "id", "n")
    person = models.BigIntegerField(db_comment="key: identity person")
    id = models.BigIntegerField(db_comment="technical: resource.id")
    n = models.SmallIntegerField(db_comment="technical: position")
    param = models.SmallIntegerField(db_comment="technical: number of the search parameter")
    value = models.TextField(db_collation="C", db_comment="direct: folded word of a name")

    class Meta:
        db_table = "resource_string"
        db_table_comment = "words of string search parameters"
        indexes = [
            models.Index(
                fields=["param", "value"], name="resource_string_value", opclasses=["int2_ops", "text_pattern_ops"]
            )
        ]


class ResourceText(models.Model):
    """The folded narrative of a resource, for `_text`. What deposits bring has none."""

    pk = models.CompositePrimaryKey("person", "id")
    person = models.BigIntegerField(db_comment="key: identity person")
    id = models.BigIntegerField(db_comment="technical: resource.id")
    value = models.TextField(db_comment="sensitive: folded narrative, a blank before it")

    class Meta:
        db_table = "resource_text"
        db_table_comment = "narratives"
        indexes = [GinIndex(fields=["value"], name="resource_text_value", opclasses=["gin_trgm_ops"])]


class SideRow(models.Model):
    """What the side tables share: rows of a resource, many per parameter."""

    person = models.BigIntegerField(db_comment="key: identity person")
    id = models.BigIntegerField(db_comment="technical: resource.id")
    n = models.SmallIntegerField(db_comment="technical: position")
    param = models.SmallIntegerField(db_comment="technical: number of the search parameter")

    class Meta:
        abstract = True


class ResourceSpan(SideRow):
    """Dates that are not in the columns of the resource: those of its other date parameters."""

    pk = models.CompositePrimaryKey("person", "id", "n")
    low = models.DateTimeField(db_comment="sensitive: first moment")
    high = models.DateTimeField(db_comment="sensitive: first moment after")

    class Meta:
        db_table = "resource_span"
        db_table_comment = "dates of other date parameters"
        indexes = [models.Index(fields=["param", "low"], name="resource_span_low")]


class ResourceQuantity(SideRow):
    """Numbers and quantities that are not in the columns of the resource, ranges too; places as latitude and
    longitude.
    """

    pk = models.CompositePrimaryKey("person", "id", "n")
    low = models.FloatField(db_comment="sensitive: number, least of a range, or latitude")
    high = models.FloatField(db_comment="sensitive: number, greatest of a range, or longitude")
    unit = models.BigIntegerField(null=True, db_comment="sensitive: hash of the unit, system and code")
    code = models.BigIntegerField(null=True, db_comment="sensitive: hash of the unit's code alone")
    text = models.BigIntegerField(null=True, db_comment="sensitive: hash of the unit as people read it")

    class Meta:
        db_table = "resource_quantity"
        db_table_comment = "numbers of quantity and number parameters"
        indexes = [models.Index(fields=["param", "low"], name="resource_quantity_low")]


class ResourceReference(SideRow):
    """References that no shared column says: where each leads, for chains and what is brought along."""

    pk = models.CompositePrimaryKey("person", "id", "n")
    rtype = models.SmallIntegerField(db_comment="technical: number of the target's resource type")
    rid = models.TextField(db_collation="C", db_comment="key: FHIR id of the target")

    class Meta:
        db_table = "resource_reference"
        db_table_comment = "references between resources"
        indexes = [models.Index(fields=["rtype", "rid", "param"], name="resource_reference_target")]


class Reindex(models.Model):
    """How far the search columns were made anew from the bodies; one row."""

    layout = models.SmallIntegerField(primary_key=True, db_comment="technical: which layout is being made")
    after_person = models.BigIntegerField(db_comment="technical: the place reached")
    after_id = models.BigIntegerField(db_comment="technical: the place reached")
    done = models.BigIntegerField(default=0, db_default=0, db_comment="technical: resources made anew")
    ready = models.BooleanField(db_comment="technical: all were")
    generation = models.BigIntegerField(
        default=0, db_default=0, db_comment="technical: which search parameters of the operator's there are"
    )
    rtypes = ArrayField(
        models.SmallIntegerField(), null=True, db_comment="technical: numbers of the types made anew; null: all"
    )
    labelled = models.SmallIntegerField(
        default=0, db_default=0, db_comment="technical: the layout since which every row bears its labels"
    )

    class Meta:
        db_table = "reindex"
        db_table_comment = "making search columns anew"


class SearchParameterRow(models.Model):
    """A search parameter of the operator's; what it defines is in its resource."""

    rid = models.TextField(primary_key=True, db_collation="C", db_comment="key: id of the SearchParameter")
    url = models.TextField(db_comment="technical: its canonical address")
    code = models.TextField(db_comment="technical: how a search names it")
    number = models.SmallIntegerField(db_comment="technical: number of the search parameter; a name keeps it for ever")
    rtypes = ArrayField(models.SmallIntegerField(), db_comment="technical: numbers of the types that it is of")
    active = models.BooleanField(db_comment="technical: it is answered")

    class Meta:
        db_table = "search_parameter"
        db_table_comment = "search parameters of the operator's"


class SubscriptionRow(models.Model):
    """How a subscription is: what it watches, its newest number, and up to which number its receiver has answered."""

    rid = models.TextField(primary_key=True, db_collation="C", db_comment="key: id of the Subscription")
    client = models.TextField(db_comment="technical: the client that is told")
    rtype = models.SmallIntegerField(db_comment="technical: number of the watched type")
    status = models.TextField(db_comment="technical: requested, active, error or off")
    last = models.BigIntegerField(default=0, db_default=0, db_comment="technical: number of the newest event")
    delivered = models.BigIntegerField(default=0, db_default=0, db_comment="technical: number answered last")
    failures = models.IntegerField(default=0, db_default=0, db_comment="technical: failures in a row")
    error = models.TextField(null=True, db_comment="technical: what went wrong the last time")
    begun = models.IntegerField(default=1, db_default=1, db_comment="technical: how often it was written")
    earlier_changes = ArrayField(
        models.BigIntegerField(), null=True, db_comment="technical: changes that waited when it began; not told"
    )
    earlier_moves = ArrayField(
        models.BigIntegerField(), null=True, db_comment="technical: events of identity that waited then; not told"
    )

    class Meta:
        db_table = "subscription"
        db_table_comment = "who is told of changes"


class SubscriptionOutbox(models.Model):
    """Changes that were not looked at for subscriptions yet, written with the change itself."""

    pk = models.CompositePrimaryKey("person", "seq")
    person = models.BigIntegerField(db_comment="key: identity person")
    seq = models.BigIntegerField(db_comment="technical: order of writing")
    rtype = models.SmallIntegerField(db_comment="technical: number of the resource type")
    rid = models.TextField(db_collation="C", db_comment="key: FHIR id")
    vid = models.IntegerField(db_comment="technical: version")
    deleted = models.BooleanField(db_comment="technical: the version is a deletion")
    at = models.DateTimeField(db_comment="technical: when it was written")

    class Meta:
        db_table = "subscription_outbox"
        db_table_comment = "changes for subscriptions, not looked at yet"
        indexes = [models.Index(fields=["seq"], name="subscription_outbox_seq")]


class SubscriptionEvent(models.Model):
    """One change that a subscription is told of; numbers of a subscription have no gap."""

    pk = models.CompositePrimaryKey("subscription", "number")
    subscription = models.TextField(db_collation="C", db_comment="key: id of the Subscription")
    number = models.BigIntegerField(db_comment="technical: number of the event, from 1")
    at = models.DateTimeField(db_comment="technical: when the change was written")
    rtype = models.SmallIntegerField(db_comment="technical: number of the resource type")
    rid = models.TextField(db_collation="C", db_comment="key: FHIR id")
    vid = models.IntegerField(db_comment="technical: version")
    deleted = models.BooleanField(db_comment="technical: the version is a deletion")
    cause = models.BigIntegerField(null=True, db_comment="technical: event of identity that it tells of; NULL: a write")

    class Meta:
        db_table = "subscription_event"
        db_table_comment = "numbered events of subscriptions"
        indexes = [
            models.Index(fields=["at"], name="subscription_event_at", condition=Q(cause=None)),
            models.Index(fields=["cause"], name="subscription_event_cause", condition=Q(cause__isnull=False)),
        ]


class BulkJob(models.Model):
    """One bulk export or import: who asked, for what, where the work stands, until when its files are kept."""

    id = models.TextField(primary_key=True, db_collation="C", db_comment="key: random, in the job's address")
    kind = models.TextField(db_comment="technical: export or import")
    client = models.TextField(null=True, db_comment="technical: the client that asked; null: the command line")
    hospcode = models.TextField(null=True, db_comment="quasi: facility for which it asked")
    state = models.TextField(db_comment="technical: waiting, running, done, failed or cancelled")
    at = models.DateTimeField(db_comment="technical: when it was asked")
    moment = models.DateTimeField(db_comment="technical: transactionTime: every change until then is in")
    base = models.TextField(db_comment="technical: what the addresses of the answer begin with")
    request = models.TextField(db_comment="sensitive: address asked; criteria may name people")
    wish = models.JSONField(db_comment="sensitive: parameters asked; criteria may name people")
    place = models.JSONField(db_comment="technical: where the work stands: positions and counts")
    total = models.BigIntegerField(null=True, db_comment="technical: pages to write, or bytes to read")
    failures = models.IntegerField(default=0, db_default=0, db_comment="technical: failures in a row")
    problem = models.JSONField(null=True, db_comment="technical: code and sentences of what stopped it")
    until = models.DateTimeField(db_comment="technical: when it and its files are removed")

    class Meta:
        db_table = "bulk_job"
        db_table_comment = "bulk exports and imports"


class BulkPage(models.Model):
    """Which resources one page of an export holds: chosen when the export begins, read under the permit later."""

    pk = models.CompositePrimaryKey("job", "n")
    job = models.TextField(db_collation="C", db_comment="key: bulk_job.id")
    n = models.IntegerField(db_comment="technical: order of the page")
    rtype = models.SmallIntegerField(db_comment="technical: number of the resource type")
    deleted = models.BooleanField(db_comment="technical: the page tells deletions")
    persons = ArrayField(models.BigIntegerField(), db_comment="key: resource.person of each")
    ids = ArrayField(models.BigIntegerField(), db_comment="technical: resource.id of each")

    class Meta:
        db_table = "bulk_page"
        db_table_comment = "what an export has to write"


class BulkFile(models.Model):
    """A file of a bulk job that is finished and may be fetched."""

    pk = models.CompositePrimaryKey("job", "name")
    job = models.TextField(db_collation="C", db_comment="key: bulk_job.id")
    name = models.TextField(db_collation="C", db_comment="technical: name in the job's folder")
    n = models.IntegerField(db_comment="technical: order in the manifest")
    kind = models.TextField(db_comment="technical: output, deleted or error")
    rtype = models.TextField(db_comment="technical: resource type of its lines")
    lines = models.BigIntegerField(db_comment="technical: how many resources")
    bytes = models.BigIntegerField(db_comment="technical: its length")

    class Meta:
        db_table = "bulk_file"
        db_table_comment = "finished files of bulk jobs"


class PatientPart(models.Model):
    """What one row of PERSON, ADDRESS or DEATH says about a registration: the Patient is a pure function of its
    parts.
    """

    pk = models.CompositePrimaryKey("person", "part")
    person = models.BigIntegerField(db_comment="key: identity person")
    part = models.SmallIntegerField(db_comment="technical: which file and address type")
    org = models.BigIntegerField(db_comment="quasi: facility that sent it")
    hid = models.TextField(null=True, db_collation="C", db_comment="quasi: facility-local household number")
    source = models.TextField(db_comment="technical: deposit, file and line")
    data = models.BinaryField(db_comment="direct: the row's fields that the Patient needs")

    class Meta:
        db_table = "patient_part"
        db_table_comment = "rows a Patient is made of"
        indexes = [models.Index(fields=["org", "hid"], name="patient_part_home")]


class HomePart(models.Model):
    """What one HOME row says about a household of a facility."""

    pk = models.CompositePrimaryKey("org", "hid")
    org = models.BigIntegerField(db_comment="quasi: facility that sent it")
    hid = models.TextField(db_collation="C", db_comment="quasi: facility-local household number")
    source = models.TextField(db_comment="technical: deposit, file and line")
    data = models.BinaryField(db_comment="direct: the row's fields that an address needs")

    class Meta:
        db_table = "home_part"
        db_table_comment = "households, for addresses"


class ClientUsage(models.Model):
    """How often a client asked what, how it was answered and how soon: counts only."""

    pk = models.CompositePrimaryKey("client", "day", "interaction", "rtype", "code", "slot")
    client = models.TextField(db_comment="technical: name of the client")
    day = models.DateField(db_comment="technical: day in Bangkok")
    interaction = models.TextField(db_comment="technical: FHIR interaction or operation")
    rtype = models.TextField(db_comment="technical: resource type, empty for the server itself")
    code = models.TextField(db_comment="technical: status of the answer, or the code of the refusal")
    slot = models.SmallIntegerField(db_comment="technical: slot of the latency")
    requests = models.BigIntegerField(db_comment="technical: how many")
    disclosed = models.BigIntegerField(db_comment="technical: resources read")

    class Meta:
        db_table = "client_usage"
        db_table_comment = "use of the FHIR API, counted by client and day"
