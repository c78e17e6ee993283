"""A role that owns nothing may ask for the partition of a month: the function makes it with its owner's rights."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """The function's words stay; names are looked up in our schema alone, so nobody puts another in its way."""

    dependencies: ClassVar = [("audit", "0004_origin")]
    operations: ClassVar = [
        migrations.RunSQL(
            sql="ALTER FUNCTION audit_ensure_month(date) SECURITY DEFINER SET search_path = public, pg_temp",
            reverse_sql="ALTER FUNCTION audit_ensure_month(date) SECURITY INVOKER RESET search_path",
        )
    ]
