"""Events of subscriptions that tell who became, or is no longer, one human."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0018_visit_of_every_type")]
    operations = [
        migrations.AddField(
            model_name="subscriptionevent",
            name="cause",
            field=models.BigIntegerField(
                db_comment="technical: event of identity that it tells of; NULL: a write", null=True
            ),
        ),
        migrations.RemoveIndex(model_name="subscriptionevent", name="subscription_event_at"),
        migrations.AddIndex(
            model_name="subscriptionevent",
            index=models.Index(condition=models.Q(("cause", None)), fields=["at"], name="subscription_event_at"),
        ),
        migrations.AddIndex(
            model_name="subscriptionevent",
            index=models.Index(
                condition=models.Q(("cause__isnull", False)), fields=["cause"], name="subscription_event_cause"
            ),
        ),
    ]
