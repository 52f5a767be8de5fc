"""Add what the tables of django-celery 2.5 and earlier lack; do nothing to those of later ones.

``--fake-initial`` looks only whether the tables exist, so such a database counts ``0001_initial``
as applied. Going back leaves what was added: ``0001_initial`` has it too.
"""

from __future__ import annotations

from django.db import migrations

from djcelery_models.completion import complete_tables


class Migration(migrations.Migration):
    dependencies = (("djcelery", "0001_initial"),)
    operations = (
        # MariaDB and MySQL alter no table inside a transaction; the others run the whole in one.
        migrations.RunPython(complete_tables, migrations.RunPython.noop, atomic=False),
    )
