"""Subscriptions: their state, the outbox that writes fill, the numbered events."""

from django.db import migrations, models

SEQUENCE = "CREATE SEQUENCE subscription_seq; COMMENT ON SEQUENCE subscription_seq IS 'order of the outbox'"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_search_every_type")]
    operations = [
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE subscription_seq"),
        migrations.CreateModel(
            name="SubscriptionRow",
            fields=[
                (
                    "rid",
                    models.TextField(
                        db_collation="C",
                        db_comment="key: id of the Subscription",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("client", models.TextField(db_comment="technical: the client that is told")),
                ("rtype", models.SmallIntegerField(db_comment="technical: number of the watched type")),
                ("status", models.TextField(db_comment="technical: requested, active, error or off")),
                (
                    "last",
                    models.BigIntegerField(db_comment="technical: number of the newest event", db_default=0, default=0),
                ),
                (
                    "delivered",
                    models.BigIntegerField(db_comment="technical: number answered last", db_default=0, default=0),
                ),
                (
                    "failures",
                    models.IntegerField(db_comment="technical: failures in a row", db_default=0, default=0),
                ),
                ("error", models.TextField(db_comment="technical: what went wrong the last time", null=True)),
            ],
            options={"db_table": "subscription", "db_table_comment": "who is told of changes"},
        ),
        migrations.CreateModel(
            name="SubscriptionEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscription", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subscription", models.TextField(db_collation="C", db_comment="key: id of the Subscription")),
                ("number", models.BigIntegerField(db_comment="technical: number of the event, from 1")),
                ("at", models.DateTimeField(db_comment="technical: when the change was written")),
                ("rtype", models.SmallIntegerField(db_comment="technical: number of the resource type")),
                ("rid", models.TextField(db_collation="C", db_comment="key: FHIR id")),
                ("vid", models.IntegerField(db_comment="technical: version")),
                ("deleted", models.BooleanField(db_comment="technical: the version is a deletion")),
            ],
            options={
                "db_table": "subscription_event",
                "db_table_comment": "numbered events of subscriptions",
                "indexes": [models.Index(fields=["at"], name="subscription_event_at")],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionOutbox",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.BigIntegerField(db_comment="key: identity person")),
                ("seq", models.BigIntegerField(db_comment="technical: order of writing")),
                ("rtype", models.SmallIntegerField(db_comment="technical: number of the resource type")),
                ("rid", models.TextField(db_collation="C", db_comment="key: FHIR id")),
                ("vid", models.IntegerField(db_comment="technical: version")),
                ("deleted", models.BooleanField(db_comment="technical: the version is a deletion")),
                ("at", models.DateTimeField(db_comment="technical: when it was written")),
            ],
            options={
                "db_table": "subscription_outbox",
                "db_table_comment": "changes for subscriptions, not looked at yet",
                "indexes": [models.Index(fields=["seq"], name="subscription_outbox_seq")],
            },
        ),
    ]
