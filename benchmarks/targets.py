"""Figures that a run must reach, named on its command line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    for option, word in (("--minimum", "smaller"), ("--maximum", "larger")):
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            type=target,
            help=f"exit 1 if that figure of the last line is {word}; may be repeated",
        )


def target(text: str) -> tuple[str, float]:
    name, separator, number = text.rpartition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER")
    return name, float(number)


def require_targets(arguments: argparse.Namespace, figures: Mapping[str, float]) -> None:
    """Exit with every target that was missed, or that names no figure of this run."""
    missed = [
        *(missing(name, figures) for name, _ in (*arguments.minimum, *arguments.maximum)),
        *(
            f"{name} is {figures[name]}: {least} at least"
            for name, least in arguments.minimum
            if name in figures and figures[name] < least
        ),
        *(
            f"{name} is {figures[name]}: {most} at most"
            for name, most in arguments.maximum
            if name in figures and figures[name] > most
        ),
    ]
    if any(missed):
        sys.exit("\n".join(filter(None, missed)))


def missing(name: str, figures: Mapping[str, float]) -> str:
    known = ", ".join(sorted(figures))
    return "" if name in figures else f"{name} was not measured; this run has {known}"
