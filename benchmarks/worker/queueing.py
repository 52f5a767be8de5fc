"""Queue the tasks of one round: a mark, ``n`` times nothing, a mark."""

from __future__ import annotations

import sys

import django

from .fixup import app
from .tasks import mark, nothing


def main(marks: str, n: int) -> None:
    django.setup()  # a result backend may have models
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        queue = app.amqp.queues[app.conf.task_default_queue].bind(channel)
        queue.declare()
        queue.purge()
        with app.amqp.Producer(channel) as producer:
            mark.apply_async((marks,), producer=producer)
            for _ in range(n):
                nothing.apply_async(producer=producer)
            mark.apply_async((marks,), producer=producer)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
