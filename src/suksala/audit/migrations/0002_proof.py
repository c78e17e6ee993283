"""The tree of hashes over the log: a salt for each fact, its leaf, blocks of leaves, signed checkpoints."""

import django.contrib.postgres.functions
from django.db import migrations, models

SALT = """
ALTER TABLE audit ADD COLUMN salt uuid NOT NULL DEFAULT gen_random_uuid();
CREATE INDEX audit_by_seq ON audit (seq);
COMMENT ON COLUMN audit.salt IS 'technical: makes the hash of the fact unguessable';
"""
NO_SALT = "ALTER TABLE audit DROP COLUMN salt; DROP INDEX audit_by_seq;"


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_audit")]

    operations = [
        migrations.RunSQL(
            sql=SALT,
            reverse_sql=NO_SALT,
            state_operations=[
                migrations.AddField(
                    model_name="auditfact",
                    name="salt",
                    field=models.UUIDField(
                        db_comment="technical: makes the hash of the fact unguessable",
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LeafRow",
            fields=[
                ("index", models.BigIntegerField(db_comment="technical: place in the tree, from 0", primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(db_comment="technical: seq of the fact", unique=True)),
                ("month", models.DateField(db_comment="technical: first day of the fact's month in Bangkok")),
                ("hash", models.BinaryField(db_comment="technical: SHA-256 of salt and fact")),
            ],
            options={"db_table": "audit_leaf"},
        ),
        migrations.CreateModel(
            name="BlockRow",
            fields=[
                ("pk", models.CompositePrimaryKey("level", "index", blank=True, editable=False, primary_key=True, serialize=False)),
                ("level", models.SmallIntegerField(db_comment="technical: 1 for 256 leaves, 2 for 65,536, and so on")),
                ("index", models.BigIntegerField(db_comment="technical: number of the block at its level, from 0")),
                ("root", models.BinaryField(db_comment="technical: SHA-256 root of the block")),
            ],
            options={"db_table": "audit_block"},
        ),
        migrations.CreateModel(
            name="TreeRow",
            fields=[
                ("id", models.SmallIntegerField(db_comment="technical: always 1", primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(db_comment="technical: leaves", db_default=0, default=0)),
                ("peaks", models.BinaryField(db_comment="technical: roots of the complete subtrees", db_default=b"", default=b"")),
                ("low", models.BigIntegerField(db_comment="technical: every fact up to this seq is in the tree", db_default=0, default=0)),
                ("next_low", models.BigIntegerField(db_comment="technical: what low becomes when next_xid has passed", null=True)),
                ("next_xid", models.BigIntegerField(db_comment="technical: transactions before this one must have ended", null=True)),
                ("next_at", models.DateTimeField(db_comment="technical: when next_low was noted", null=True)),
            ],
            options={"db_table": "audit_tree"},
        ),
        migrations.CreateModel(
            name="CheckpointRow",
            fields=[
                ("size", models.BigIntegerField(db_comment="technical: leaves", primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_comment="technical: when it was signed")),
                ("note", models.TextField(db_comment="technical: the signed note, with co-signatures")),
                ("witnesses", models.SmallIntegerField(db_comment="technical: how many others have co-signed", db_default=0, default=0)),
            ],
            options={"db_table": "audit_checkpoint"},
        ),
        migrations.CreateModel(
            name="WitnessedRow",
            fields=[
                ("origin", models.TextField(db_comment="technical: name of the other log", primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(db_comment="technical: its leaves")),
                ("root", models.BinaryField(db_comment="technical: its root")),
                ("at", models.DateTimeField(db_comment="technical: when it was co-signed")),
            ],
            options={"db_table": "audit_witnessed"},
        ),
    ]
