"""From which address a fact came: what BALP calls the agent's network."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

COMMENT = "quasi: address of the connection that it came over"


class Migration(migrations.Migration):
    """One column; facts without it keep their leaves."""

    dependencies: ClassVar = [("audit", "0003_the_month_in_the_leaf")]
    operations: ClassVar = [
        migrations.RunSQL(
            sql=f"ALTER TABLE audit ADD COLUMN origin text; COMMENT ON COLUMN audit.origin IS '{COMMENT}'",
            reverse_sql="ALTER TABLE audit DROP COLUMN origin",
            state_operations=[
                migrations.AddField(
                    model_name="auditfact", name="origin", field=models.TextField(db_comment=COMMENT, null=True)
                )
            ],
        )
    ]
