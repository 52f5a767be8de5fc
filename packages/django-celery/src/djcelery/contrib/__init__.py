"""The documented test runners."""
