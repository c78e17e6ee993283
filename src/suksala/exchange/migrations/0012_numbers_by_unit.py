"""Numbers are found by their unit: of one code, and of any. Where nothing is stored, nothing is made anew."""

from django.db import migrations, models

NOTHING_STORED = "UPDATE reindex SET layout = 3 WHERE ready AND NOT EXISTS (SELECT FROM resource)"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_search_parameters")]
    operations = [
        migrations.RemoveIndex(model_name="resource", name="resource_code_num"),
        migrations.AddIndex(
            model_name="resource",
            index=models.Index(
                condition=models.Q(("num__isnull", False)),
                fields=["rtype", "code", "unit", "num"],
                name="resource_code_unit_num",
            ),
        ),
        migrations.AddIndex(
            model_name="resource",
            index=models.Index(
                condition=models.Q(("num__isnull", False)), fields=["rtype", "unit", "num"], name="resource_unit_num"
            ),
        ),
        migrations.RunSQL(NOTHING_STORED, migrations.RunSQL.noop),
    ]
