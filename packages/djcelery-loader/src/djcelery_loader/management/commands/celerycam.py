"""``celery events`` with the camera that writes into the database."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Writes what the events of the workers tell into the database."
    subcommand = "celerycam"
