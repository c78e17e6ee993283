"""Apps that people allow: what they allowed, refresh tokens, launches."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('signin', '0007_enrolment'),
    ]

    operations = [
        migrations.AddField(
            model_name='clientrow',
            name='launch_uri',
            field=models.TextField(db_comment='technical: where a launch of an app begins', db_default='', default=''),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='origins',
            field=models.TextField(db_comment='technical: web origins from which an app asks', db_default='', default=''),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='redirect_uris',
            field=models.TextField(db_comment='technical: where an app takes its code', db_default='', default=''),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='title_en',
            field=models.TextField(db_comment='technical: the same in English', null=True),
        ),
        migrations.AddField(
            model_name='clientrow',
            name='title_th',
            field=models.TextField(db_comment='technical: name of an app as people read it; NULL: a system', null=True),
        ),
        migrations.CreateModel(
            name='AuthorizationRow',
            fields=[
                ('id', models.BigAutoField(db_comment='technical: number of the authorization', primary_key=True, serialize=False)),
                ('scopes', models.TextField(db_comment='technical: what it may ask, SMART scopes')),
                ('patient_person', models.BigIntegerField(db_comment='key: the person whose record it may read', null=True)),
                ('patient', models.TextField(db_comment='key: FHIR id of the patient of the launch', null=True)),
                ('encounter', models.TextField(db_comment='key: FHIR id of the visit of the launch', null=True)),
                ('fhir_user', models.TextField(db_comment='key: FHIR reference to who allowed it', null=True)),
                ('approved_at', models.DateTimeField(db_comment='technical: when it was allowed')),
                ('ends_at', models.DateTimeField(db_comment='technical: when it ends, however often tokens are renewed')),
                ('ended_at', models.DateTimeField(db_comment='technical: when it was ended before', null=True)),
                ('ended_why', models.CharField(db_comment='technical: why it was ended', default='', max_length=16)),
                ('code', models.BinaryField(db_comment='sensitive: SHA-256 of the authorization code', unique=True)),
                ('code_until', models.DateTimeField(db_comment='technical: when the code ends')),
                ('code_used_at', models.DateTimeField(db_comment='technical: when the code was used', null=True)),
                ('redirect_uri', models.TextField(db_comment='technical: where the code was sent')),
                ('challenge', models.TextField(db_comment='technical: PKCE challenge, S256')),
                ('nonce', models.TextField(db_comment='technical: nonce of OpenID Connect', null=True)),
                ('account', models.ForeignKey(db_comment='key: who allowed it', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(db_comment='technical: the app', on_delete=django.db.models.deletion.PROTECT, to='signin.clientrow')),
            ],
            options={
                'db_table': 'signin_authorization',
            },
        ),
        migrations.AddField(
            model_name='tokenrow',
            name='authorization',
            field=models.ForeignKey(db_comment="technical: who allowed it; NULL: nobody", null=True, on_delete=django.db.models.deletion.CASCADE, to='signin.authorizationrow'),
        ),
        migrations.CreateModel(
            name='LaunchRow',
            fields=[
                ('digest', models.BinaryField(db_comment='sensitive: SHA-256 of the launch token', primary_key=True, serialize=False)),
                ('patient_person', models.BigIntegerField(db_comment='key: the person whose record was open')),
                ('patient', models.TextField(db_comment='key: FHIR id of the patient')),
                ('encounter', models.TextField(db_comment='key: FHIR id of the visit', null=True)),
                ('expires_at', models.DateTimeField(db_comment='technical: when it ends', db_index=True)),
                ('account', models.ForeignKey(db_comment='key: who launched it', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(db_comment='technical: the app', on_delete=django.db.models.deletion.CASCADE, to='signin.clientrow')),
            ],
            options={
                'db_table': 'signin_launch',
            },
        ),
        migrations.CreateModel(
            name='RefreshRow',
            fields=[
                ('digest', models.BinaryField(db_comment='sensitive: SHA-256 of the refresh token', primary_key=True, serialize=False)),
                ('issued_at', models.DateTimeField(db_comment='technical: when it was made')),
                ('used_at', models.DateTimeField(db_comment='technical: when it was used', null=True)),
                ('authorization', models.ForeignKey(db_comment='technical: what it renews', on_delete=django.db.models.deletion.CASCADE, to='signin.authorizationrow')),
            ],
            options={
                'db_table': 'signin_refresh',
            },
        ),
    ]
