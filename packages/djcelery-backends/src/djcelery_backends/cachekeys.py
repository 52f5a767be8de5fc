"""Names of entries that every cache can hold; knows no cache."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 250
"""Memcached takes no longer key."""

# Databases may compare without regard to case, accents and spaces; Memcached knows no spaces.
PLAIN: Final = re.compile(r"[0-9a-z_.:@+-]+")
HASHED: Final = "="
"""Begins what stands for a name, and is in no plain one."""


def entry_key(prefix: str, name: str, *, made: Callable[[str], str]) -> str:
    """The key of ``name``, readable where it is plain and short; else with a hash in its place.

    made: gives the key as the server of the cache gets it.
    """
    key = prefix + name
    fits = len(made(key).encode(errors="surrogatepass")) <= MAX_BYTES
    if fits and PLAIN.fullmatch(name):
        return key
    return f"{prefix}{HASHED}{sha256(name.encode(errors='surrogatepass')).hexdigest()}"
