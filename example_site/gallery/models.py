"""Albums of pictures, and single tasks that were started to be looked at."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


def new_task_id() -> str:
    """An id for a task that is going to be sent, so that its row can be found at any time."""
    return str(uuid4())


def picture_path(picture: Picture, filename: str) -> str:
    """Where an upload goes; of its name only the ending, which ``uploads`` chose, is kept."""
    return f"albums/{picture.album_id}/{uuid4().hex}.{filename.rpartition('.')[2]}"


def thumbnail_path(picture: Picture, _filename: str) -> str:
    return f"albums/{picture.album_id}/thumbnail-{picture.pk}.jpg"


def sheet_path(album: Album, _filename: str) -> str:
    return f"albums/{album.pk}/sheet.jpg"


class Album(models.Model):
    """Pictures that were uploaded together, and the contact sheet made of them."""

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    sheet = models.ImageField(upload_to=sheet_path, blank=True)
    sheet_task_id = models.CharField(max_length=36, default=new_task_id, editable=False)

    def __str__(self) -> str:
        return f"Album {self.pk}"

    def delete_with_files(self) -> None:
        """Delete the album, its pictures, and their files."""
        for picture in self.pictures.all():
            picture.image.delete(save=False)
            picture.thumbnail.delete(save=False)
        self.sheet.delete(save=False)
        self.delete()


class Picture(models.Model):
    """One picture of an album, and its thumbnail."""

    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=100)
    image = models.ImageField(upload_to=picture_path)
    thumbnail = models.ImageField(upload_to=thumbnail_path, blank=True)
    task_id = models.CharField(max_length=36, default=new_task_id, editable=False)

    def __str__(self) -> str:
        return self.name


class Trial(models.Model):
    """One run of a task from ``trials.py``, started with a button in the page."""

    kind = models.CharField(max_length=20)
    task_id = models.CharField(max_length=36, default=new_task_id, editable=False)
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.task_id}"
