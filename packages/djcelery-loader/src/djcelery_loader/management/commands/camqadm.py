"""``celery amqp``."""

from djcelery_loader.commandline.command import CeleryCommand


class Command(CeleryCommand):
    help = "Administers a broker: celery amqp."
    subcommand = "amqp"
    alone = ("repl",)
