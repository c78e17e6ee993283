from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_matching'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormerNameRow',
            fields=[
                ('pk', models.CompositePrimaryKey('person', 'seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', models.BigIntegerField(db_comment='key: the person')),
                ('seq', models.BigIntegerField(db_comment='technical: its place in the order of events')),
                ('title', models.TextField(db_comment='quasi: title, as sent')),
                ('given', models.TextField(db_comment='direct: given name, normalised')),
                ('family', models.TextField(db_comment='direct: family name, normalised')),
                ('until', models.DateTimeField(db_comment='technical: when the facility said another')),
            ],
            options={
                'db_table': 'identity_former_name',
            },
        ),
    ]
