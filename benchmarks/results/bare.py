"""Celery without Django and without results."""

import os

from celery import Celery

app = Celery("benchmarks", fixups=[])
app.conf.update(
    broker_url=os.environ["BROKER_URL"],
    task_default_queue=os.environ["BENCH_QUEUE"],
    task_ignore_result=True,
    imports=["benchmarks.worker.tasks"],
    worker_hijack_root_logger=False,
)
