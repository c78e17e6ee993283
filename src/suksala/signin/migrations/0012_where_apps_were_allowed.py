"""For which facility, and on which device, an app was allowed: it ends with them."""

import django.db.models.deletion
from django.db import migrations, models

# What was allowed before acts for the facility that its account has; on which device it was allowed nobody knows.
FACILITIES = """
UPDATE signin_authorization a SET facility = u.hospcode FROM signin_account u WHERE u.id = a.account_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('signin', '0011_outside_identities'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorizationrow',
            name='facility',
            field=models.CharField(db_comment='quasi: facility on whose behalf it was allowed', default='', max_length=5),
        ),
        migrations.AddField(
            model_name='authorizationrow',
            name='device',
            field=models.ForeignKey(db_comment="key: the citizen's device it was allowed on", null=True, on_delete=django.db.models.deletion.SET_NULL, to='signin.devicerow'),
        ),
        migrations.RunSQL(FACILITIES, migrations.RunSQL.noop),
    ]
