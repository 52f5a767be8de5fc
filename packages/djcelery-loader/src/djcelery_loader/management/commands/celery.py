"""All of Celery's program."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Runs any command of Celery."
