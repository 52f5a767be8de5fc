"""``celery worker --detach``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Runs a worker in the background: celery worker --detach."
    subcommand = "worker"
    implied = ("--detach",)
    restarted_as = "celeryd"
