"""What ``import djcelery`` in ``settings.py`` may and may not touch."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import djcelery
import pytest


def run(source: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", dedent(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_every_package_imports_inside_settings_with_translation_on() -> None:
    imports = "; ".join(f"import {name}" for name in ("djcelery", *djcelery.APPS))
    output = run(f"""
        import sys, types

        settings = types.ModuleType("settings")
        sys.modules["settings"] = settings
        exec({imports!r}, vars(settings))
        settings.djcelery.setup_loader()
        settings.USE_I18N = True
        settings.SECRET_KEY = "tests"
        settings.INSTALLED_APPS = ["django.contrib.contenttypes", "djcelery"]
        import os
        os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
        import django
        django.setup()
        from django.apps import apps
        print([config.name for config in apps.get_app_configs()])
    """)

    assert all(name in output for name in djcelery.APPS)


def test_the_version_is_read_without_importing_what_it_needs() -> None:
    assert djcelery.__version__.startswith("6.")
