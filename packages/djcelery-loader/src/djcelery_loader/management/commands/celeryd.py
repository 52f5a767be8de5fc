"""``celery worker``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Runs a worker: celery worker."
    subcommand = "worker"
