"""An account that serves two facilities gives each officer an alert of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0002_requests'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='alertrow', name='privacy_alert_once'),
        migrations.AddConstraint(
            model_name='alertrow',
            constraint=models.UniqueConstraint(
                fields=('person', 'reader', 'facility', 'on'), name='privacy_alert_once'
            ),
        ),
    ]
