"""The chords that are under way: which tasks they wait for, and what is sent once all are done."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .identifier import IdentifierField
from .utcdatetime import StoredAtField, UTCDateTimeField


class ChordMeta(models.Model):
    """A chord: its header's task ids, as a JSON list with a list for each group, and its body.

    ``counted`` of ``size`` parts are done; NULL: not known, for the chord was stored in a
    transaction that parts may have overtaken. Whoever sends the body claims it before
    (``claimed_at``) and says so afterwards (``fired_at``); ``stored_at`` is when a part was last
    counted.
    """

    id = models.BigAutoField(primary_key=True)
    group_id = IdentifierField(_("group id"), unique=True)
    header = models.TextField(_("header"), editable=False)
    body = models.TextField(_("body"), editable=False)
    content_type = models.CharField(max_length=128, editable=False)
    content_encoding = models.CharField(max_length=64, editable=False)
    size = models.IntegerField(_("number of parts"), editable=False)
    counted = models.IntegerField(_("parts that are done"), null=True, editable=False)
    stored_at = StoredAtField(_("stored at"))
    claimed_at = UTCDateTimeField(_("claimed at"), null=True, editable=False)
    fired_at = UTCDateTimeField(_("fired at"), null=True, editable=False, db_index=True)

    class Meta:
        app_label = "djcelery"
        db_table = "djcelery_chord"
        verbose_name = _("chord")
        verbose_name_plural = _("chords")

    def __str__(self) -> str:
        return f"<Chord: {self.group_id} {self.counted}/{self.size}>"


class ChordPart(models.Model):
    """A task of a chord's header that was counted; deleted once the body was sent.

    It holds the state and the result of a task that ignores its result, else NULL. No foreign key:
    MariaDB would lock the chord for each part, and have two of them wait for each other.
    """

    id = models.BigAutoField(primary_key=True)
    group_id = IdentifierField(_("group id"))
    task_id = IdentifierField(_("task id"))
    status = models.CharField(_("state"), max_length=50, null=True, editable=False)  # noqa: DJ001  # see above
    result = models.TextField(_("result"), null=True, editable=False)  # noqa: DJ001  # see above
    content_type = models.CharField(max_length=128, null=True, editable=False)  # noqa: DJ001  # see above
    content_encoding = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  # see above
    stored_at = StoredAtField(_("stored at"))

    class Meta:
        app_label = "djcelery"
        db_table = "djcelery_chordpart"
        verbose_name = _("part of a chord")
        verbose_name_plural = _("parts of chords")
        constraints = (
            models.UniqueConstraint(
                fields=("group_id", "task_id"), name="djcelery_chordpart_counted_once"
            ),
        )

    def __str__(self) -> str:
        return f"<ChordPart: {self.task_id} of {self.group_id}>"
