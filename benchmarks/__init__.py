"""Measurements beside the peers and the physical limit, as ratios within one run."""
