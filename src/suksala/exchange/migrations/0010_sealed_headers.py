"""Headers of subscriptions are sealed, in what stands and in every former version; how often one was written."""

from typing import Any

from django.db import migrations, models

from suksala.exchange import exact, topics
from suksala.exchange.domain import NUMBER


def seal(apps: Any, schema_editor: Any) -> None:
    """Former headers lay open to whoever could read the Subscription."""
    for table in ("resource", "resource_history"):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT r.person, r.rtype, r.rid, r.vid, r.body, s.client FROM {table} r "
                "JOIN subscription s ON s.rid = r.rid WHERE r.rtype = %s AND r.body IS NOT NULL",
                [NUMBER["Subscription"]],
            )
            for person, rtype, rid, vid, body, client in cursor.fetchall():
                held = exact.loads(bytes(body)) if bytes(body) else {}
                topics.seal(held, client)
                cursor.execute(
                    f"UPDATE {table} SET body = %s WHERE person = %s AND rtype = %s AND rid = %s AND vid = %s",
                    [exact.dumps(held) if held else bytes(body), person, rtype, rid, vid],
                )


class Migration(migrations.Migration):
    dependencies = [("exchange", "0007_reindex")]
    operations = [
        migrations.AddField(
            "subscriptionrow",
            "begun",
            models.IntegerField(db_comment="technical: how often it was written", db_default=1, default=1),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
