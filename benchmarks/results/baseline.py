"""Ratios that were measured once; a run whose peer and limit are far from them has a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 0.15  # where one figure was measured, not a range
GIVEN: dict[str, dict[str, tuple[float, ...]]] = {
    "store postgresql on": {"limit/peer": (5.1, 7.3), "limit/sqlalchemy": (13.0,)},
    "store postgresql off": {"limit/peer": (16.8,), "limit/sqlalchemy": (23.6,)},
    "store mysql": {"limit/peer": (5.2,)},
    "store sqlite": {"limit/peer": (14.2,)},
    "pair postgresql on": {"limit/peer": (5.1, 7.3), "limit/sqlalchemy": (8.0,)},
    "pair postgresql off": {"limit/peer": (15.3,), "limit/sqlalchemy": (22.5,)},
    "pair mysql": {"limit/peer": (3.9,)},
    "pair sqlite": {"limit/peer": (22.6,)},
    "wake": {
        "peer.1.median_ms/limit.1.median_ms": (502,),
        "peer.1.median_ms": (349,),
        "limit.1.median_ms": (0.61, 0.69),
    },
    "join postgresql": {"peer/limit": (82,)},
    "cleanup": {
        "peer/limit-peer-table": (0.33, 1.0),
        "peer-signal/peer": (26,),
        "peer.longest_ms/limit-peer-table.longest_ms": (80,),
    },
    "worker": {
        "limit/limit-store": (1.9,),
        "limit/peer": (29,),
        "limit/peer-reuse": (5.9,),
        "limit-store/peer": (15.7,),
        "limit-store/peer-reuse": (3.2,),
    },
}


def compare(key: str, figures: Mapping[str, float]) -> dict[str, dict[str, object]]:
    """For each figure of this run that was measured before: what was given, and whether it fits."""
    return {
        name: {
            "given": given[0] if len(given) == 1 else given,
            "measured": figures[name],
            "within": is_within(figures[name], given),
        }
        for name, given in GIVEN.get(key, {}).items()
        if name in figures
    }


def is_within(measured: float, given: tuple[float, ...]) -> bool:
    """Between the ends of a range; within 15 % of a single figure."""
    low, high = given[0], given[-1]
    if len(given) == 1:
        low, high = low * (1 - TOLERANCE), high * (1 + TOLERANCE)
    return low <= measured <= high
