"""A real prefork worker running no-op tasks, once for each way to integrate it with Django."""
