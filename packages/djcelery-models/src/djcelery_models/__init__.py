"""djcelery_models."""
