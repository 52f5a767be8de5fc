"""The documented scheduler of beat, handed on from ``djcelery_beat``."""

from djcelery_utils.components import required

with required("djcelery-beat"):
    from djcelery_beat.schedulers import DatabaseScheduler, ModelEntry

__all__ = ["DatabaseScheduler", "ModelEntry"]
