"""Make albums, and have their pictures worked on."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from celery import chord, states
from django.core.files import File
from django.db import transaction
from djcelery.models import TaskMeta
from kombu.exceptions import OperationalError

from .models import Album, Picture
from .tasks import build_contact_sheet, make_thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLES = Path(__file__).resolve().parent.parent / "pictures"
NAME_LENGTH = 100


def create_album(files: Iterable[File[bytes]]) -> Album:
    """Keep the pictures and send the tasks; where no broker takes them, nothing is kept."""
    with transaction.atomic():
        album = Album.objects.create()
        for file in files:
            name = Path(file.name or "picture").name[-NAME_LENGTH:]
            Picture.objects.create(album=album, name=name, image=file)
    try:
        send_tasks(album)  # after the commit: a worker may be faster than it
    except OperationalError:
        album.delete_with_files()
        raise
    return album


def create_sample_album() -> Album:
    """An album of the pictures that come with this site."""
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb")) for path in sorted(SAMPLES.glob("*.jpg"))]
        return create_album(File(file, name=Path(file.name).name) for file in files)


def send_tasks(album: Album) -> None:
    """Send a chord: a thumbnail of each picture, in parallel, then the contact sheet of all."""
    parts = [
        make_thumbnail.si(picture.pk).set(task_id=picture.task_id)
        for picture in album.pictures.order_by("pk")
    ]
    chord(parts)(build_contact_sheet.s(album.pk).set(task_id=album.sheet_task_id))


def resume_albums() -> None:
    """Send the tasks of unfinished albums anew: for a broker that has lost its messages."""
    finished = TaskMeta.objects.filter(status__in=states.READY_STATES).values("task_id")
    for album in Album.objects.exclude(sheet_task_id__in=finished):
        send_tasks(album)
