"""``celery beat``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Runs the scheduler of periodic tasks: celery beat."
    subcommand = "beat"
