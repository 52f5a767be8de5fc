"""The management commands of djcelery_loader."""
