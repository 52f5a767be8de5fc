#!/usr/bin/env python
"""Django's command line for the example site."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":  # a worker that spawns its children imports this file again
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
