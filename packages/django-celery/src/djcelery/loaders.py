"""The documented loader and task discovery, handed on from ``djcelery_loader``."""

from djcelery_utils.components import required

with required("djcelery-loader"):
    from djcelery_loader.autodiscovery import autodiscover, find_related_module
    from djcelery_loader.loader import DjangoLoader

__all__ = ["DjangoLoader", "autodiscover", "find_related_module"]
