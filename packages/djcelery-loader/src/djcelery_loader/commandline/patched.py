"""Run a program of Python's with all modules patched for a pool of greenlets.

``python patched.py gevent manage.py celeryd``, or with ``-m django`` in place of ``manage.py``.
Run by its path, so that nothing of this package is imported before.
"""

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Patch, and then be the program that the arguments name."""
    pool, program = sys.argv[1:3]
    is_module = program == "-m"
    sys.path[0] = str(Path.cwd() if is_module else Path(program).parent)
    from celery import maybe_patch_concurrency  # noqa: PLC0415  # found on the path set above

    maybe_patch_concurrency(["-P", pool])
    if is_module:
        del sys.argv[:3]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        del sys.argv[:2]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
