"""``celery events``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Shows the events of the workers: celery events."
    subcommand = "events"
