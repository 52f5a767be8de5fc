#!/usr/bin/env python
"""Run the example site: web server, worker and beat, on SQLite and a broker in a folder.

With DATABASE_URL and BROKER_URL set it runs on those servers instead.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from launcher import leftovers, preparation
from launcher.console import Console
from launcher.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.site import Site

VAR = Path(__file__).resolve().parent / "var"
DEFAULT_PORT = 8000


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    console = Console(shows_processes=not options.smoke)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        run(options, console)
    except (DemoError, ImproperlyConfigured) as error:
        console.say(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt:
        console.say("stopped")
        return 1 if options.smoke else 0
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--port", type=int, help=f"where the site is served ({DEFAULT_PORT})")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--smoke", action="store_true", help="try everything out unattended")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace, console: Console) -> None:
    """Run the site until Ctrl-C, or until the smoke test is over."""
    state = VAR / ("smoke" if options.smoke else "demo")
    lock = leftovers.lock(state / "run" / "demo.lock")
    if lock is None:
        raise DemoError("the demo is running already, in another terminal")
    with lock:
        leftovers.stop_all(state / "run")
        preparation.set_environment(state)
        if options.smoke:
            preparation.forget_everything(state)
        password = preparation.prepare(state)
        port = preparation.choose_port(options.port, 0 if options.smoke else DEFAULT_PORT)
        run_processes(options, console, state, port, password)


def run_processes(
    options: argparse.Namespace, console: Console, state: Path, port: int, password: str
) -> None:
    from launcher.site import Site  # noqa: PLC0415  # needs Django's apps, as do those below

    with Site(state=state, port=port, console=console) as site:
        try:
            site.wait_until_ready()
            if options.smoke:
                from launcher import smoke  # noqa: PLC0415

                smoke.run(site, console, password)
                console.say("all is well; stopping")
            else:
                present(site, console, password, opens_browser=not options.no_browser)
                site.watch()
        except DemoError:
            show_logs(site, console)
            raise
        except KeyboardInterrupt:
            console.say("stopping, after the tasks that are running (Ctrl-C: at once)")
            raise


def present(site: Site, console: Console, password: str, *, opens_browser: bool) -> None:
    user = preparation.USER
    console.say(f"\nThe site    {site.url}\nThe admin   {site.url}admin/   {user}, {password}")
    console.say("Ctrl-C stops everything.\n")
    has_display = sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    if opens_browser and sys.stdout.isatty() and has_display:
        webbrowser.open(site.url)


def show_logs(site: Site, console: Console) -> None:
    """The last lines of each process, where they were not shown as they came."""
    if console.shows_processes:
        return
    for child in site.children:
        for line in child.tail:
            console.write(child.name, line)


if __name__ == "__main__":
    sys.exit(main())
