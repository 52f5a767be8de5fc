"""The tasks: three for the albums, and a handful that show what can happen to a task."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from django.core.files.base import ContentFile
from django.utils import timezone

from . import images
from .models import Album, Picture, Trial

MAX_AGE = timedelta(days=7)
STEPS, STEP_SECONDS = 20, 0.5


@shared_task
def make_thumbnail(picture_id: int) -> str:
    """Make the thumbnail of one picture: many of these run side by side."""
    picture = Picture.objects.get(pk=picture_id)
    with picture.image.open() as source:
        content = images.make_thumbnail(source)
    picture.thumbnail.save("thumbnail.jpg", ContentFile(content), save=False)
    picture.save(update_fields=["thumbnail"])
    return picture.name


@shared_task
def build_contact_sheet(names: list[str], album_id: int) -> str:
    """Build the contact sheet: the body of the chord, run once all thumbnails are there."""
    album = Album.objects.get(pk=album_id)
    with ExitStack() as stack:
        thumbnails = [
            (picture.name, stack.enter_context(picture.thumbnail.open()))
            for picture in album.pictures.order_by("pk")
        ]
        content = images.make_contact_sheet(thumbnails)
    album.sheet.save("sheet.jpg", ContentFile(content), save=False)
    album.save(update_fields=["sheet"])
    return f"{len(names)} pictures"


@shared_task
def count_pictures() -> str:
    """Say how much there is; celerybeat sends this task every ten seconds."""
    return f"{Picture.objects.count()} pictures in {Album.objects.count()} albums"


@shared_task(ignore_result=True)
def forget_old_albums() -> None:
    """Delete what is a week old; celerybeat sends this task every half hour."""
    limit = timezone.now() - MAX_AGE
    for album in Album.objects.filter(created_at__lt=limit):
        album.delete_with_files()
    Trial.objects.filter(started_at__lt=limit).delete()


@shared_task
def fail() -> None:
    """Raise an exception: the state is FAILURE, and the traceback is kept with it."""
    raise ValueError("the film was exposed to light")


@shared_task(bind=True, max_retries=2, default_retry_delay=1)
def retry(self: Task[Any, Any]) -> str:
    """Fail twice and ask to be run again a second later, then succeed."""
    if self.request.retries < 2:  # noqa: PLR2004  # "twice", as said above
        raise self.retry(exc=ConnectionError("the printer is out of paper"))
    return "printed at the third attempt"


@shared_task(bind=True)
def take_long(self: Task[Any, Any]) -> str:
    """Work for ten seconds and report how far it is, with a state of its own."""
    for step in range(STEPS):
        self.update_state(state="PROGRESS", meta={"current": step, "total": STEPS})
        time.sleep(STEP_SECONDS)
    return f"developed in {STEPS * STEP_SECONDS:.0f} seconds"


@shared_task
def run_late() -> str:
    """Nothing special: the page sends it with a countdown, so it runs ten seconds later."""
    return f"ran at {timezone.now():%H:%M:%S} UTC"
