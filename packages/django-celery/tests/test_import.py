"""What ``import djcelery`` in ``settings.py`` may and may not touch, and who may import whom.

From the change log: 2.3.2, the circular import of ``DatabaseBackend``; 2.5.1, recursive imports
with ``USE_I18N``; 2.5.3, an installation that need not import the package.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import djcelery
import pytest

DOCUMENTED = (
    "djcelery.backends.database",
    "djcelery.backends.cache",
    "djcelery.app",
    "djcelery.humanize",
    "djcelery.loaders",
    "djcelery.managers",
    "djcelery.models",
    "djcelery.picklefield",
    "djcelery.urls",
    "djcelery.utils",
    "djcelery.views",
)
SETTINGS = """
USE_I18N = True
LANGUAGE_CODE = "de"
SECRET_KEY = "tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]

{imports}

INSTALLED_APPS += ["djcelery"]
djcelery.setup_loader()
"""
PICKY = """
from djcelery.backends.database import DatabaseBackend
from djcelery.models import TaskMeta

assert DatabaseBackend.TaskModel is TaskMeta
"""


def run(source: str, *, folder: Path | None = None) -> str:
    """What ``source`` prints; ``folder`` holds the module ``site_settings``."""
    site = {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "site_settings"} if folder else {}
    env = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, "-c", dedent(source)],
        capture_output=True,
        text=True,
        check=False,
        env=env | site,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder of a site in German that imports every package in its settings."""
    imports = "\n".join(f"import {name}" for name in ("djcelery", *djcelery.APPS))
    (tmp_path / "site_settings.py").write_text(SETTINGS.format(imports=imports))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize("package", ["djcelery", *djcelery.APPS])
def test_importing_a_package_reads_no_settings_loads_no_models_and_translates_nothing(
    package: str,
) -> None:
    run(f"""
        import sys
        import {package}
        from django.conf import settings
        from django.utils import translation

        assert not settings.configured
        assert not [name for name in sys.modules if name.endswith(".models")]
        assert not vars(translation._trans)
    """)


def test_every_package_imports_inside_settings_with_use_i18n(site: Path) -> None:
    printed = run(
        """
        import django

        django.setup()
        from djcelery.utils import now
        from djcelery.humanize import naturaldate

        print(naturaldate(now()))
        """,
        folder=site,
    )

    assert printed == "gerade eben\n"


def test_each_documented_module_may_be_the_first_to_be_imported(site: Path) -> None:
    run(
        f"""
        import django, os

        django.setup()
        for name in {DOCUMENTED!r}:
            if os.fork() == 0:
                __import__(name)
                os._exit(0)
            assert os.wait()[1] == 0, name
        """,
        folder=site,
    )


def test_the_models_of_an_app_may_import_the_database_backend(site: Path) -> None:
    (site / "shop" / "models.py").write_text(PICKY)

    run("import django; django.setup()", folder=site)


@pytest.mark.parametrize("package", ["djcelery", *djcelery.APPS])
def test_the_version_stands_alone_in_a_file_that_imports_nothing(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    about = Path(str(spec.origin)).with_name("__about__.py")

    name, version = about.read_text().split(" = ")

    assert name == "__version__"
    assert version.strip('"\n').count(".") == 2
