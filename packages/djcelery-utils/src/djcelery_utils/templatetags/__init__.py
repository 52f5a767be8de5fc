"""The template filters of djcelery_utils."""
