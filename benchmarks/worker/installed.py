"""The project's own app, with our duties in place of Celery's fixup."""

from celery import Celery
from djcelery_loader import install

app = Celery("benchmarks")
app.config_from_object("django.conf:settings", namespace="CELERY")
install(app)
