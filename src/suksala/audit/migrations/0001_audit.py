"""The partitioned, append-only table `audit`.

Django's model stands for it in the state; the table itself is made here because Django makes no partitions. There is no
primary key: `person` may be NULL, and every key of a person table must contain it. Rules, not triggers, refuse a change:
triggers do not exist on distributed tables.
"""

from django.db import migrations, models

TABLE = """
CREATE SEQUENCE audit_seq;
CREATE TABLE audit (
    seq bigint NOT NULL DEFAULT nextval('audit_seq'),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    actor text NOT NULL,
    purpose text,
    person bigint,
    facility text,
    rtype text,
    rid text,
    detail jsonb
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_person ON audit (person, at DESC) WHERE person IS NOT NULL;
CREATE INDEX audit_by_kind ON audit (kind, at);
COMMENT ON TABLE audit IS 'append only: what was done, by whom, to whose record and why';
COMMENT ON COLUMN audit.seq IS 'technical: order of writing';
COMMENT ON COLUMN audit.at IS 'technical: the moment';
COMMENT ON COLUMN audit.kind IS 'technical: what was done';
COMMENT ON COLUMN audit.actor IS 'direct: who did it, as account, client or part of the system';
COMMENT ON COLUMN audit.purpose IS 'technical: why, HL7 ActReason';
COMMENT ON COLUMN audit.person IS 'key: whose record';
COMMENT ON COLUMN audit.facility IS 'quasi: on behalf of which facility';
COMMENT ON COLUMN audit.rtype IS 'sensitive: FHIR type that was opened';
COMMENT ON COLUMN audit.rid IS 'key: FHIR id that was opened';
COMMENT ON COLUMN audit.detail IS 'quasi: counts and codes, no values of a record';

CREATE FUNCTION audit_is_append_only() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table audit is append only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_protect(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE RULE audit_no_update AS ON UPDATE TO %I DO INSTEAD SELECT audit_is_append_only()', part);
    EXECUTE format('CREATE RULE audit_no_delete AS ON DELETE TO %I DO INSTEAD SELECT audit_is_append_only()', part);
END $$;

-- Make the partition of one Bangkok month. False: rows of that month already lie in the default partition and stay there.
CREATE FUNCTION audit_ensure_month(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    part text := 'audit_' || to_char(first, 'YYYY_MM');
    low timestamptz := first::timestamp AT TIME ZONE 'Asia/Bangkok';
    high timestamptz := (first + interval '1 month')::timestamp AT TIME ZONE 'Asia/Bangkok';
BEGIN
    IF to_regclass(part) IS NOT NULL THEN RETURN true; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit partitions', 0));
    IF to_regclass(part) IS NOT NULL THEN RETURN true; END IF;
    IF EXISTS (SELECT FROM audit_default WHERE at >= low AND at < high) THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)', part, low, high);
    PERFORM audit_protect(part);
    RETURN true;
END $$;

CREATE TABLE audit_default PARTITION OF audit DEFAULT;
SELECT audit_protect('audit');
SELECT audit_protect('audit_default');
SELECT audit_ensure_month((date_trunc('month', now()) + make_interval(months => m))::date) FROM generate_series(-1, 12) m;
"""

GONE = """
DROP TABLE audit;
DROP FUNCTION audit_ensure_month(date);
DROP FUNCTION audit_protect(text);
DROP FUNCTION audit_is_append_only();
DROP SEQUENCE audit_seq;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            sql=TABLE,
            reverse_sql=GONE,
            state_operations=[
                migrations.CreateModel(
                    name="AuditFact",
                    fields=[
                        (
                            "seq",
                            models.BigIntegerField(
                                primary_key=True, serialize=False, db_comment="technical: order of writing"
                            ),
                        ),
                        ("at", models.DateTimeField(db_comment="technical: the moment")),
                        ("kind", models.TextField(db_comment="technical: what was done")),
                        (
                            "actor",
                            models.TextField(db_comment="direct: who did it, as account, client or part of the system"),
                        ),
                        ("purpose", models.TextField(null=True, db_comment="technical: why, HL7 ActReason")),
                        ("person", models.BigIntegerField(null=True, db_comment="key: whose record")),
                        ("facility", models.TextField(null=True, db_comment="quasi: on behalf of which facility")),
                        ("rtype", models.TextField(null=True, db_comment="sensitive: FHIR type that was opened")),
                        ("rid", models.TextField(null=True, db_comment="key: FHIR id that was opened")),
                        (
                            "detail",
                            models.JSONField(null=True, db_comment="quasi: counts and codes, no values of a record"),
                        ),
                    ],
                    options={"db_table": "audit"},
                )
            ],
        )
    ]
