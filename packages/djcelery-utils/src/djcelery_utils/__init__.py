"""What every django-celery component shares: time, settings, masking and the app that brings others."""
