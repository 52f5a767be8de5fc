"""Leave out, and say so in one line, the tests whose server no environment variable names."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVERS = {
    "postgresql": ("DATABASE_URL", ("postgres", "postgresql", "pgsql")),
    "mariadb": ("DATABASE_URL", ("mysql", "mysql2")),
    "rabbitmq": ("BROKER_URL", ("amqp", "pyamqp")),
    "redis": ("BROKER_URL", ("redis",)),
    "memcached": ("MEMCACHED_URL", ("memcached",)),
}
LEFT_OUT = pytest.StashKey[Counter[str]]()


def is_named(server: str) -> bool:
    variable, schemes = SERVERS[server]
    return os.environ.get(variable, "").partition(":")[0] in schemes


def missing_servers(item: pytest.Item) -> list[str]:
    return [name for name in SERVERS if item.get_closest_marker(name) and not is_named(name)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {item: missing_servers(item) for item in items}
    left_out = [item for item in items if missing[item]]
    items[:] = [item for item in items if not missing[item]]
    config.hook.pytest_deselected(items=left_out)
    counts = Counter(name for item in left_out for name in missing[item])
    config.stash[LEFT_OUT] = counts
    if hasattr(config, "workeroutput"):  # one of the processes of pytest-xdist
        config.workeroutput["left_out"] = dict(counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of pytest-xdist has left out; each of them leaves out the same."""
    counts = getattr(node, "workeroutput", {}).get("left_out", {})
    node.config.stash[LEFT_OUT] = Counter[str](counts)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash.get(LEFT_OUT, Counter())
    if left_out:
        terminalreporter.write_line(f"left out: {describe(left_out.items())}")


def describe(left_out: Iterable[tuple[str, int]]) -> str:
    parts = [f"{count} that need {name} ({SERVERS[name][0]})" for name, count in left_out]
    return ", ".join(parts) + "; README.md says how to run them"
