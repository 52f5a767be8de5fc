"""The app of the gallery."""

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    """Albums, pictures, and tasks to try out."""

    name = "gallery"
