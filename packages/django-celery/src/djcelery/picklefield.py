"""The pickle field that migrations of old projects name."""

from picklefield.fields import PickledObjectField

__all__ = ["PickledObjectField"]
