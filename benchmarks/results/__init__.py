"""Storing, awaiting, joining and deleting results, beside the peers and the physical limit."""
