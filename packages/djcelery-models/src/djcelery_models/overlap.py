"""What an entry may do while its last run is not finished."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Overlap(TextChoices):
    """Whether a run is sent while the one before it is not finished."""

    ALLOW = "allow", _("run all the same")
    SKIP = "skip", _("skip the run")
