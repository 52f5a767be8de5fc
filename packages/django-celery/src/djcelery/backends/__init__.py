"""The documented result backends."""
