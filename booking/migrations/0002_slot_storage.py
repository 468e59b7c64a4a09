"""
Leave room on each page for the updates of `taken`, and vacuum slots early.

Measured in performance.md: with it, claims stay HOT updates.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE booking_slot SET "
            "(fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE booking_slot RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
