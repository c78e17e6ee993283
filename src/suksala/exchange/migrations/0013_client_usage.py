"""How often each client asks what, counted by day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0012_numbers_by_unit")]
    operations = [
        migrations.CreateModel(
            name="ClientUsage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "client",
                        "day",
                        "interaction",
                        "rtype",
                        "code",
                        "slot",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("client", models.TextField(db_comment="technical: name of the client")),
                ("day", models.DateField(db_comment="technical: day in Bangkok")),
                ("interaction", models.TextField(db_comment="technical: FHIR interaction or operation")),
                ("rtype", models.TextField(db_comment="technical: resource type, empty for the server itself")),
                ("code", models.TextField(db_comment="technical: status of the answer, or the code of the refusal")),
                ("slot", models.SmallIntegerField(db_comment="technical: slot of the latency")),
                ("requests", models.BigIntegerField(db_comment="technical: how many")),
                ("disclosed", models.BigIntegerField(db_comment="technical: resources read")),
            ],
            options={
                "db_table": "client_usage",
                "db_table_comment": "use of the FHIR API, counted by client and day",
            },
        ),
    ]
