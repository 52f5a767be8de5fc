"""Schedules that follow the sun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery.exceptions import ImproperlyConfigured as NoEphem
from celery.schedules import solar
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import BadRow
from .schedulerow import ScheduleManager, ScheduleRow, get_or_create_row
from .solartimes import SolarTimes

if TYPE_CHECKING:
    from typing import Self

EVENT_CHOICES = (
    ("dawn_astronomical", _("Astronomical dawn")),
    ("dawn_civil", _("Civil dawn")),
    ("dawn_nautical", _("Nautical dawn")),
    ("dusk_astronomical", _("Astronomical dusk")),
    ("dusk_civil", _("Civil dusk")),
    ("dusk_nautical", _("Nautical dusk")),
    ("solar_noon", _("Solar noon")),
    ("sunrise", _("Sunrise")),
    ("sunset", _("Sunset")),
)
EPHEM_MISSING = "solar schedules need ephem: pip install 'djcelery-beat[solar]'"


class SolarSchedule(ScheduleRow):
    """An event of the sun at a place on earth; degrees, of which north and east are positive."""

    event = models.CharField(_("event"), max_length=24, choices=EVENT_CHOICES)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )

    objects = ScheduleManager()

    class Meta:
        app_label = "djcelery"
        verbose_name = _("solar event")
        verbose_name_plural = _("solar events")
        ordering = ("event", "latitude", "longitude")

    def __str__(self) -> str:
        return f"{self.event} ({self.latitude}, {self.longitude})"

    def clean(self) -> None:
        """Refuse what cannot be calculated here."""
        super().clean()
        if self.event and self.latitude is not None and self.longitude is not None:
            try:
                self.make_schedule()
            except NoEphem as error:
                raise ValidationError(EPHEM_MISSING) from error
            except ValueError as error:
                raise ValidationError({"event": str(error)}) from error

    @property
    def schedule(self) -> solar:
        """The schedule as Celery knows it. Raises BadRow without ``ephem``, and for no event."""
        try:
            return self.make_schedule()
        except NoEphem as error:
            raise BadRow(self._meta.db_table, self.pk, EPHEM_MISSING) from error
        except ValueError as error:
            raise BadRow(self._meta.db_table, self.pk, str(error)) from error

    @property
    def times(self) -> SolarTimes:
        """When it is due. Raises BadRow as ``schedule`` does."""
        known: Any = self.schedule
        return SolarTimes(event=known.event, latitude=known.lat, longitude=known.lon)

    def make_schedule(self) -> solar:
        event: Any = self.event
        return solar(event, float(self.latitude), float(self.longitude))

    @classmethod
    def from_schedule(cls, source: solar) -> Self:
        """The row of ``source``, made if there is none."""
        known: Any = source
        field: Any = cls._meta.get_field("latitude")
        latitude, longitude = (round(field.to_python(value), 6) for value in (known.lat, known.lon))
        return get_or_create_row(cls, event=known.event, latitude=latitude, longitude=longitude)
