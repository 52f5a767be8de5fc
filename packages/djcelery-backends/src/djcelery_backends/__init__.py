"""djcelery_backends."""
