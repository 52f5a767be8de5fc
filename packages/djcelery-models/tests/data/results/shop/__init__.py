"""The classes of an example application that old results name."""
