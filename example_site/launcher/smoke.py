"""``demo --smoke``: use the running site as a visitor does, and look at what comes of it."""

from __future__ import annotations

import http.client
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from celery import states
from django.core.files.uploadedfile import SimpleUploadedFile
from djcelery.models import TaskMeta
from gallery.albums import SAMPLES
from gallery.images import THUMBNAIL_SIZE, sheet_size
from gallery.models import Album, Trial
from PIL import Image

from .client import Answer, Visitor
from .errors import DemoError
from .preparation import USER

if TYPE_CHECKING:
    from .console import Console
    from .site import Site

WAIT_SECONDS = 30.0


def run(site: Site, console: Console, password: str) -> None:
    """Do all steps and say each; DemoError at the first that goes wrong."""
    visitor = Visitor(site.url)
    visitor.get("/")
    console.say("the page is served, the worker answers")
    refuse_bad_uploads(visitor)
    console.say("an upload without a token and one that is no picture were refused")
    album_id, count = upload_pictures(visitor)
    console.say(f"uploaded {count} pictures as album {album_id}")
    trials = {kind: start_trial(visitor, kind) for kind in ("fail", "retry")}
    console.say("started a task that fails and one that is tried again")
    shown = wait_for_album(site, visitor, album_id)
    check_images(visitor, shown, count)
    console.say(f"{count} thumbnails and the contact sheet are there, in the right sizes")
    check_album_rows(album_id, count)
    console.say(f"the database has the results of {count} thumbnails and of the contact sheet")
    wait_for_trials(site, visitor, set(trials.values()))
    check_trial_rows(trials)
    steps = follow(visitor, start_trial(visitor, "long"))
    console.say(f"a task was followed by its events, over {steps} steps to its end")
    console.say("one task has failed with its traceback, the other came right at the third attempt")
    console.say(f"beat has sent a periodic task, whose result is {wait_for_entry(site, visitor)!r}")
    log_in(visitor, password)
    console.say(f"logged in to the admin as {USER}")


def refuse_bad_uploads(visitor: Visitor) -> None:
    forged = visitor.post("/albums/", {"csrfmiddlewaretoken": "forged"})
    expect("the status of an upload with a forged token", forged.status, http.client.FORBIDDEN)
    text = SimpleUploadedFile("notes.jpg", b"no picture at all", "image/jpeg")
    refused = visitor.post("/albums/", {"pictures": [text]})
    expect("the status of an upload of text", refused.status, http.client.BAD_REQUEST)
    expect("a reason in the page", b"notes.jpg: is no picture" in refused.body, expected=True)


def upload_pictures(visitor: Visitor) -> tuple[int, int]:
    """Upload the pictures that come with the site: the id of the album, and how many."""
    pictures = [
        SimpleUploadedFile(path.name, path.read_bytes(), "image/jpeg")
        for path in sorted(SAMPLES.glob("*.jpg"))
    ]
    answer = visitor.post("/albums/", {"pictures": pictures})
    expect_redirect("the upload", answer)
    return int(answer.headers["Location"].rpartition("-")[2]), len(pictures)


def start_trial(visitor: Visitor, kind: str) -> int:
    known = {trial["id"] for trial in visitor.get_json("/progress/")["trials"]}
    expect_redirect(f"starting the task {kind!r}", visitor.post(f"/trials/{kind}/"))
    new = {trial["id"] for trial in visitor.get_json("/progress/")["trials"]} - known
    expect("the number of new tasks in the page", len(new), 1)
    return int(new.pop())


def wait_for_album(site: Site, visitor: Visitor, album_id: int) -> dict[str, Any]:
    """The album as the page shows it once it has its contact sheet."""
    shown: dict[str, Any] = {}

    def is_ready() -> bool:
        albums = visitor.get_json("/progress/")["albums"]
        shown.update(next(album for album in albums if album["id"] == album_id))
        return shown["state"] in states.READY_STATES

    site.wait_for(is_ready, "the contact sheet", WAIT_SECONDS)
    expect("the state of the album", (shown["state"], shown["error"]), (states.SUCCESS, ""))
    expect("the thumbnails that are done", shown["done"], shown["total"])
    return shown


def check_images(visitor: Visitor, shown: dict[str, Any], count: int) -> None:
    thumbnails = [fetch_image(visitor, picture["thumbnail"]) for picture in shown["pictures"]]
    sizes = [thumbnail.size for thumbnail in thumbnails]
    expect("the sizes of the thumbnails", sizes, [THUMBNAIL_SIZE] * count)
    sheet = fetch_image(visitor, shown["sheet"])
    expect("the size of the contact sheet", sheet.size, sheet_size(count))


def check_album_rows(album_id: int, count: int) -> None:
    album = Album.objects.get(pk=album_id)
    pictures = album.pictures.exclude(thumbnail="")
    expect("the rows of pictures with a thumbnail", pictures.count(), count)
    results = TaskMeta.objects.filter(
        task_id__in=[album.sheet_task_id, *pictures.values_list("task_id", flat=True)]
    )
    expect("the states of the results", states_of(results), [states.SUCCESS] * (count + 1))
    sheet = results.get(task_id=album.sheet_task_id)
    expect("the result of the contact sheet", sheet.result, f"{count} pictures")


def wait_for_trials(site: Site, visitor: Visitor, ids: set[int]) -> None:
    def are_ready() -> bool:
        trials = visitor.get_json("/progress/")["trials"]
        ready = {trial["id"] for trial in trials if trial["state"] in states.READY_STATES}
        return ids <= ready

    site.wait_for(are_ready, "the failing and the retrying task", WAIT_SECONDS)


def wait_for_entry(site: Site, visitor: Visitor) -> str:
    """What came of the periodic task that runs every ten seconds, as the page shows it."""
    shown: dict[str, Any] = {}

    def has_run() -> bool:
        entries = visitor.get_json("/progress/")["schedule"]
        shown.update(next(entry for entry in entries if entry["name"] == "count the pictures"))
        return bool(shown["detail"])

    site.wait_for(has_run, "a periodic task", WAIT_SECONDS)
    expect("that its runs are counted", shown["runs"] > 0, expected=True)
    return str(shown["detail"])


def follow(visitor: Visitor, trial_id: int) -> int:
    """Read the events of a task until they end; how many steps of progress there were."""
    task_id = Trial.objects.get(pk=trial_id).task_id
    answer = visitor.get(f"/celery/{task_id}/events/")
    expect("the status of the events", answer.status, http.client.OK)
    lines = [line for line in answer.body.splitlines() if line.startswith(b"data: ")]
    tasks = [json.loads(line.removeprefix(b"data: "))["task"] for line in lines]
    steps = [task["result"]["current"] for task in tasks if task["status"] == "PROGRESS"]
    expect("that progress was made", len(steps) > 1 and steps == sorted(steps), expected=True)
    expect("the state in the last event", tasks[-1]["status"], states.SUCCESS)
    return len(steps)


def check_trial_rows(trials: dict[str, int]) -> None:
    failed, retried = (
        TaskMeta.objects.get(task_id=Trial.objects.get(pk=trials[kind]).task_id)
        for kind in ("fail", "retry")
    )
    expect("the state of the failing task", failed.status, states.FAILURE)
    expect("its exception", repr(failed.result), "ValueError('the film was exposed to light')")
    expect("a traceback", "ValueError" in (failed.traceback or ""), expected=True)
    expect("the state of the retrying task", retried.status, states.SUCCESS)
    expect("its result", retried.result, "printed at the third attempt")


def log_in(visitor: Visitor, password: str) -> None:
    visitor.get("/admin/login/")
    answer = visitor.post("/admin/login/", {"username": USER, "password": password})
    expect_redirect("the login", answer)
    expect("the status of the admin", visitor.get("/admin/gallery/album/").status, http.client.OK)


def fetch_image(visitor: Visitor, path: str) -> Image.Image:
    answer = visitor.get(path)
    expect(f"the status of {path}", answer.status, http.client.OK)
    image = Image.open(BytesIO(answer.body))
    image.load()
    return image


def states_of(results: Any) -> list[str]:
    return list(results.values_list("status", flat=True))


def expect_redirect(what: str, answer: Answer) -> None:
    expect(f"the status of {what}", answer.status, http.client.FOUND)


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise DemoError(f"{what}: expected {expected!r}, found {found!r}")
