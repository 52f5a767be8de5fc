"""How far everything is, as the page and ``demo --smoke`` read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import states
from django.urls import reverse
from djcelery.models import PeriodicTask, TaskMeta

from .models import Album, Picture, Trial
from .trials import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models.fields.files import ImageFieldFile

ALBUMS_SHOWN, TRIALS_SHOWN = 4, 8
FINAL = states.READY_STATES

Results = dict[str, TaskMeta]


def read_progress() -> dict[str, Any]:
    """The newest albums and trials with the states of their tasks, ready for JSON."""
    albums = Album.objects.order_by("-pk")[:ALBUMS_SHOWN]
    trials = Trial.objects.order_by("-pk")[:TRIALS_SHOWN]
    shown_albums = [describe_album(album) for album in albums]
    shown_trials = describe_trials(trials)
    everything = [*shown_albums, *shown_trials]
    return {
        "albums": shown_albums,
        "trials": shown_trials,
        "schedule": [describe_entry(entry) for entry in PeriodicTask.objects.order_by("name")],
        "active": any(shown["state"] not in FINAL for shown in everything),
    }


def find_results(task_ids: Iterable[str]) -> Results:
    """The results that are stored so far; a task that nobody has begun has no row."""
    return {row.task_id: row for row in TaskMeta.objects.filter(task_id__in=list(task_ids))}


def describe_album(album: Album) -> dict[str, Any]:
    task_ids = album.pictures.values_list("task_id", flat=True)
    results = find_results([album.sheet_task_id, *task_ids])
    # after the states, for a task saves its image before Celery stores its state
    album.refresh_from_db(fields=["sheet"])
    shown = [describe_picture(picture, results) for picture in album.pictures.order_by("pk")]
    sheet = results.get(album.sheet_task_id)
    return {
        "id": album.pk,
        "created_at": describe_time(album.created_at),
        "state": sheet.status if sheet else states.PENDING,
        "error": describe_error(sheet),
        "done": sum(picture["state"] == states.SUCCESS for picture in shown),
        "total": len(shown),
        "sheet": url_of(album.sheet),
        "pictures": shown,
    }


def describe_picture(picture: Picture, results: Results) -> dict[str, Any]:
    result = results.get(picture.task_id)
    return {
        "name": picture.name,
        "url": url_of(picture.image),
        "thumbnail": url_of(picture.thumbnail),
        "state": result.status if result else states.PENDING,
        "error": describe_error(result),
    }


def describe_trials(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    trials = list(trials)
    results = find_results(trial.task_id for trial in trials)
    return [describe_trial(trial, results.get(trial.task_id)) for trial in trials]


def describe_trial(trial: Trial, result: TaskMeta | None) -> dict[str, Any]:
    kind = KINDS.get(trial.kind)
    shown = {
        "id": trial.pk,
        "label": kind.label if kind else trial.kind,
        "started_at": describe_time(trial.started_at),
        "state": result.status if result else states.PENDING,
        "error": describe_error(result),
        "detail": "",
        "events": None,
    }
    if result and result.status == "PROGRESS":
        shown["events"] = reverse("celery-task_events", args=[trial.task_id])
    if result and result.status == states.SUCCESS:
        shown["detail"] = str(result.result)
    return shown


def describe_entry(entry: PeriodicTask) -> dict[str, Any]:
    """A periodic task: when it is due next, how often it ran, and what came of the last run."""
    results = TaskMeta.objects.filter(periodic_task_name=entry.name, status=states.SUCCESS)
    last = results.order_by("-date_done").first()
    return {
        "id": entry.pk,
        "name": entry.name,
        "schedule": str(entry.one_schedule),
        "next_run_at": entry.next_run_at and describe_time(entry.next_run_at),
        "runs": entry.total_run_count,
        "detail": str(last.result) if last and last.result is not None else "",
    }


def describe_error(result: TaskMeta | None) -> str:
    """What went wrong, in one line; empty where nothing has."""
    if result is None or not isinstance(result.result, BaseException):
        return ""
    return f"{type(result.result).__name__}: {result.result}"


def describe_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def url_of(image: ImageFieldFile) -> str | None:
    return image.url if image else None
