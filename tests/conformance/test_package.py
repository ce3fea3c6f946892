"""The zip that is deployed holds all that runs, and nothing else: it is imported by a Python 3.13 that has nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from python_3_13 import python_3_13

from local.cache import ROOT
from local.package import SITE, app_files, ignored, package, read_rules, write_zip

SAYS = """
import importlib, pkgutil, sys
root, site = sys.argv[1:]
sys.path[:] = [path for path in sys.path if "site-packages" not in path]
sys.path[:0] = [root, site]
import function_app, functions, notbefore
for room in (functions, notbefore):
    for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
for late in ("aiohttp", "aiosmtplib", "azure.identity.aio", "azure.monitor.query.aio", "babel.dates", "jinja2", "jwt",
             "nh3", "standardwebhooks", "tzdata", "yaml", "cryptography.hazmat.primitives.hashes"):
    importlib.import_module(late)
print(len(function_app.app.get_functions()))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and unpacked in a place with a blank in its name."""
    place = tmp_path_factory.mktemp("a package")
    if package(place / "app.zip"):
        pytest.skip("the package index does not give the wheels of the target; pip says why above")
    with zipfile.ZipFile(place / "app.zip") as archive:
        archive.extractall(place / "app")
    return place / "app"


def test_it_is_imported_with_nothing_else_installed(unpacked: Path) -> None:
    """Every module of ours and every library that is imported late, and all functions are found."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("its wheels are for Linux on x86_64")
    python = python_3_13()
    if python is None:
        pytest.skip("no Python 3.13 (python3.13 on PATH, or one of pyenv's)")
    command = [python, "-I", "-B", "-c", SAYS, str(unpacked), str(unpacked / SITE)]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=False)  # noqa: S603 - our own package
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_it_holds_what_runs_and_nothing_of_the_workshop(unpacked: Path) -> None:
    """Host file, routing file, templates and time zones; no tests, no local host, no secrets.

    The agent is in it, because the app gives it out.
    """
    needed_files = ("host.json", "function_app.py", "config/routes.yaml", "config/templates/mail.html", SITE / "tzdata")
    for needed in (*needed_files, "agent/linux/notbefore_agent.py", "agent/windows/install.ps1"):
        assert (unpacked / needed).exists(), needed
    for left_out in ("tests", "local", "docs", "bench", "infra", "dev.py", "local.settings.json", ".git"):
        assert not (unpacked / left_out).exists(), left_out
    assert not list(unpacked.rglob("__pycache__"))


def test_the_same_input_is_the_same_zip(tmp_path: Path) -> None:
    """Byte for byte, whenever it was made: what was tested is what is deployed."""
    file = tmp_path / "a file"
    file.write_text("x")
    for number in (1, 2):
        os.utime(file, (number * 1e9, number * 1e9))
        write_zip(tmp_path / f"{number}.zip", [(file, Path("folder") / "a file")])
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_rules_are_read_as_functions_reads_them() -> None:
    """The last one that fits decides, `!` takes back; a path is not understood, and that is said."""
    rules = read_rules("# why\n.*\n!.python_packages\nlocal.settings*.json\ntests/\n")
    names = (".git", ".python_packages", "local.settings.sample.json", "tests", "host.json")
    assert [ignored(name, rules) for name in names] == [True, False, True, True, False]
    with pytest.raises(ValueError, match="a/b"):
        read_rules("a/b")
    assert ROOT / "host.json" in set(app_files(ROOT))
