"""The pickle field that migrations of old projects name."""

from picklefield.fields import PickledObjectField  # type: ignore[import-untyped]  # has no types

__all__ = ["PickledObjectField"]
