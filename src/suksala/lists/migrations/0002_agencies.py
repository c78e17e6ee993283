"""An agency says its kind: a facility and a system of the same name had one set of lists."""

from django.db import migrations, models

KINDS = (
    "UPDATE lists_list SET agency = CASE WHEN agency ~ '^[0-9]{5}$' THEN 'facility:' ELSE 'system:' END || agency "
    "WHERE position(':' IN agency) = 0"
)
PLAIN = "UPDATE lists_list SET agency = split_part(agency, ':', 2)"


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="listrow",
            name="agency",
            field=models.CharField(db_comment="technical: kind and code of the agency", max_length=41),
        ),
        migrations.RunSQL(KINDS, PLAIN),
    ]
