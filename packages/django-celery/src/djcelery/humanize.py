"""The documented ``naturaldate``, handed on from ``djcelery_utils``."""

from djcelery_utils.humanize import naturaldate

__all__ = ["naturaldate"]
