"""The page, the buttons in it, and the JSON that keeps it up to date."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from .albums import create_album, create_sample_album
from .progress import read_progress
from .trials import KINDS, start_trial
from .uploads import MAX_PICTURES, UploadForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from .models import Album

BROKER_DOWN = "The broker does not answer, so no task was sent. Is it running?"


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    return show_page(request, UploadForm())


@require_GET
@never_cache
def progress(_request: HttpRequest) -> JsonResponse:
    """What the page asks for every second."""
    return JsonResponse(read_progress())


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Make an album of the uploaded pictures; a bad one is refused with the reason."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_page(request, form, status=400)
    return make_album(request, partial(create_album, form.cleaned_data["pictures"]))


@require_POST
def use_samples(request: HttpRequest) -> HttpResponse:
    """Make an album of the pictures that come with the site."""
    return make_album(request, create_sample_album)


@require_POST
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the task of one button."""
    if kind not in KINDS:
        raise Http404(f"There is no task {kind!r}.")
    try:
        start_trial(kind)
    except OperationalError:
        messages.error(request, BROKER_DOWN)
    return redirect("index")


def make_album(request: HttpRequest, create: Callable[[], Album]) -> HttpResponse:
    try:
        album = create()
    except OperationalError:
        messages.error(request, BROKER_DOWN)
        return redirect("index")
    return redirect(f"{reverse('index')}#album-{album.pk}")


def show_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "kinds": KINDS,
        "progress": read_progress(),
        "max_pictures": MAX_PICTURES,
    }
    return render(request, "gallery/index.html", context, status=status)
