"""Say which ``pip install`` brings a component that is absent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def required(distribution: str) -> Iterator[None]:
    """Import a component in this block; if it is absent the error names the ``pip install``.

    distribution: as pip knows it, ``djcelery-backends``; its import package has underscores.
    Raises ModuleNotFoundError. An import that fails inside the component is passed on as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = distribution.replace("-", "_")
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise ModuleNotFoundError(
            f"{error.name} is not installed: pip install {distribution}", name=error.name
        ) from error
