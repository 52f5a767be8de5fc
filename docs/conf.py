"""How Sphinx builds the documentation site."""

project = "django-celery"
author = "The django-celery authors"
copyright = author  # noqa: A001  # Sphinx's name for it
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "django-celery"
myst_heading_anchors = 3
