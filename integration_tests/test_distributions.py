"""What is built is complete, installs alone and together, and works where it was installed."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from .installations import (
    PACKAGES,
    ROOT,
    clean_environment,
    declared_version,
    import_name,
    install,
    run,
)
from .processes import Process
from .services import broker_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .installations import Installation

CORE = {
    "django-celery",
    "djcelery-backends",
    "djcelery-loader",
    "djcelery-models",
    "djcelery-utils",
    "djcelery-views",
}
BROUGHT = {
    "django-celery": CORE,
    "django-celery[all]": {*CORE, "djcelery-beat", "djcelery-testing"},
    "django-celery[beat]": {*CORE, "djcelery-beat"},
    "django-celery[testing]": {*CORE, "djcelery-testing"},
    "djcelery-backends": {"djcelery-backends", "djcelery-models", "djcelery-utils"},
    "djcelery-beat": {"djcelery-beat", "djcelery-loader", "djcelery-models", "djcelery-utils"},
    "djcelery-loader": {"djcelery-loader", "djcelery-utils"},
    "djcelery-models": {"djcelery-models", "djcelery-utils"},
    "djcelery-testing": {*CORE - {"django-celery", "djcelery-views"}, "djcelery-testing"},
    "djcelery-utils": {"djcelery-utils"},
    "djcelery-views": CORE - {"django-celery"},
}
THREE_LINES = """
INSTALLED_APPS += ("djcelery",)
import djcelery
djcelery.setup_loader()
"""

TASKS = """
from celery import shared_task

@shared_task
def add(x, y):
    return x + y
"""

CALL = """
import django
django.setup()
from shop.tasks import add
result = add.delay(2, 3)
print(result.get(timeout=20))
from djcelery.models import TaskMeta
print(TaskMeta.objects.get(task_id=result.id).status)
"""


@pytest.fixture(scope="module")
def installed(
    dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Installation]:
    """One environment for each requirement that is asked for, kept for the module."""
    environments: dict[str, Installation] = {}

    def get(requirement: str) -> Installation:
        if requirement not in environments:
            folder = tmp_path_factory.mktemp("environment") / "venv"
            environments[requirement] = install(folder, dist, [requirement])
        return environments[requirement]

    return get


def make_shop(python: Path, folder: Path) -> None:
    """A new project with the three lines, a broker without a server, and an app with a task."""
    run(python, "-m", "django", "startproject", "config", folder)
    broker = "".join(f"{name} = {value!r}\n" for name, value in broker_settings(folder).items())
    with (folder / "config" / "settings.py").open("a") as settings:
        settings.write(f"{THREE_LINES}{broker}INSTALLED_APPS += ['shop']\n")
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "tasks.py").write_text(TASKS)


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def wheel_of(dist: Path, package: str) -> Path:
    return next(dist.glob(f"{package.replace('-', '_')}-*.whl"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_the_whole_import_package_and_its_licence(dist: Path, package: str) -> None:
    name, version = package.replace("-", "_"), declared_version(package)

    with ZipFile(wheel_of(dist, package)) as wheel:
        held = set(wheel.namelist())

    assert f"{import_name(package)}/py.typed" in held
    assert f"{name}-{version}.dist-info/licenses/LICENSE" in held
    assert files_below(ROOT / "packages" / package / "src") <= held


@pytest.mark.parametrize("package", PACKAGES)
def test_an_sdist_holds_sources_tests_and_changelog(dist: Path, package: str) -> None:
    folder = ROOT / "packages" / package
    top = f"{package.replace('-', '_')}-{declared_version(package)}"

    with tarfile.open(dist / f"{top}.tar.gz") as sdist:
        held = {name.removeprefix(f"{top}/") for name in sdist.getnames()}

    assert {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"} <= held
    for part in ("src", "tests"):
        assert {f"{part}/{name}" for name in files_below(folder / part)} <= held


@pytest.mark.parametrize("requirement", BROUGHT)
def test_an_installation_brings_what_it_needs_and_nothing_else_of_ours(
    installed: Callable[[str], Installation], requirement: str
) -> None:
    brought = installed(requirement).ours

    assert brought == {name: declared_version(name) for name in BROUGHT[requirement]}


@pytest.mark.parametrize("requirement", BROUGHT)
def test_a_new_project_takes_what_was_installed_as_an_app(
    installed: Callable[[str], Installation], requirement: str, tmp_path: Path
) -> None:
    python = installed(requirement).python
    app = import_name(requirement.partition("[")[0])
    run(python, "-m", "django", "startproject", "config", tmp_path)
    settings = tmp_path / "config" / "settings.py"
    settings.write_text(settings.read_text() + f"\nINSTALLED_APPS += ['{app}']\n")

    run(python, "manage.py", "check", "--fail-level", "ERROR", cwd=tmp_path)
    run(python, "manage.py", "migrate", cwd=tmp_path)
    run(python, "manage.py", "makemigrations", "--check", cwd=tmp_path)


def test_the_three_documented_lines_run_a_task_and_keep_its_result(
    installed: Callable[[str], Installation], tmp_path: Path
) -> None:
    python = installed("django-celery").python
    make_shop(python, tmp_path)
    run(python, "manage.py", "migrate", cwd=tmp_path)
    env = clean_environment() | {"PYTHONUNBUFFERED": "1"}
    worker = Process([str(python), "manage.py", "celeryd", "-l", "INFO"], cwd=tmp_path, env=env)
    try:
        worker.wait_for(" ready.")

        settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
        printed = run(python, "-c", CALL, cwd=tmp_path, env=settings)
    finally:
        worker.kill()

    assert printed.split() == ["5", "SUCCESS"]
