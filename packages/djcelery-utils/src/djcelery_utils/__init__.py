"""What every component of django-celery shares: time, settings, and apps that bring others."""
