"""``celery`` by its old name."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Controls and asks workers: celery inspect, control, status, call and so on."
