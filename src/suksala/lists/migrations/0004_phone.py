"""Who gives a telephone, to count them; rows that came before are counted from the next training on."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lists', '0003_held'),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneRow',
            fields=[
                ('row', models.BigIntegerField(db_comment='key: the row', primary_key=True, serialize=False)),
                ('key', models.BigIntegerField(db_comment='key: keyed hash of the telephone', db_index=True)),
                ('birth_year', models.SmallIntegerField(db_comment='quasi: year of birth, told or from the age', null=True)),
                ('given', models.BigIntegerField(db_comment='key: keyed hash of the given name', null=True)),
            ],
            options={
                'db_table': 'lists_phone',
            },
        ),
    ]
