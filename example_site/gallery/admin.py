"""The gallery in the admin."""

from __future__ import annotations

from django.contrib import admin

from .models import Album, Picture, Trial


class PictureInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs alone
    """The pictures of an album."""

    model = Picture
    extra = 0


@admin.register(Album)
class AlbumAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Albums with their pictures."""

    list_display = ("__str__", "created_at", "sheet")
    inlines = (PictureInline,)


@admin.register(Trial)
class TrialAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Tasks that were started with a button."""

    list_display = ("kind", "task_id", "started_at")
