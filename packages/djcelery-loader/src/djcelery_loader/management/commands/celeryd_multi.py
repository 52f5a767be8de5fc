"""``celery multi``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Manages several workers: celery multi."
    subcommand = "multi"
