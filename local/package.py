"""`dev.py package`: the zip that Flex Consumption runs, built here, so that nothing is built there.

The app as `.funcignore` leaves it, and the packages of requirements.txt as wheels for the target beneath
`.python_packages/lib/site-packages`, which the platform's Python looks into (Azure docs: "Python developer reference
for Azure Functions", custom dependencies). The same input gives the same bytes.
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from local.cache import ROOT

PYTHON = "3.13"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
"""Flex's image has a newer glibc than either; wheels for anything newer are not taken."""

SITE = Path(".python_packages") / "lib" / "site-packages"
_MIB = 1024 * 1024
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


def package(target: Path) -> int:
    """Writes the zip and says how large it is; the exit status."""
    with tempfile.TemporaryDirectory() as place:
        wheels = Path(place)
        if _install(wheels).returncode:
            print("dev.py: the packages cannot be had for the target; pip says why above", file=sys.stderr)
            return 1
        app = [(path, path.relative_to(ROOT)) for path in app_files(ROOT)]
        packages = [(path, SITE / path.relative_to(wheels)) for path in _files(wheels) if _runs(path)]
        target.parent.mkdir(parents=True, exist_ok=True)
        write_zip(target, [*app, *packages])
        unpacked = sum(path.stat().st_size for path, _ in [*app, *packages])
    size = f"{target.stat().st_size / _MIB:.1f} MiB, {unpacked / _MIB:.1f} unpacked"
    print(f"{target}: {size}; {len(app)} files of the app, {len(packages)} of packages for Linux and Python {PYTHON}")
    return 0


def app_files(root: Path) -> Iterator[Path]:
    """What `.funcignore` leaves of the app, in order."""
    rules = read_rules((root / ".funcignore").read_text(encoding="utf-8"))
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not ignored(name, rules))
        yield from (Path(folder) / name for name in sorted(files) if not ignored(name, rules))


def read_rules(text: str) -> list[str]:
    """Lines that say something. Raises: ValueError for a path, which `ignored` would not understand."""
    rules = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for rule in rules:
        if "/" in rule.rstrip("/"):
            raise ValueError(f".funcignore: only names are understood here, not the path {rule!r}")
    return [rule.rstrip("/") for rule in rules]


def ignored(name: str, rules: list[str]) -> bool:
    """By the last rule that fits the name, at any depth, as in `.gitignore`; `!` takes it back."""
    last = next((rule for rule in reversed(rules) if fnmatch.fnmatchcase(name, rule.removeprefix("!"))), "!")
    return not last.startswith("!")


def _install(wheels: Path) -> subprocess.CompletedProcess[bytes]:
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    wanted = ["--requirement", str(ROOT / "requirements.txt"), "--target", str(wheels), "--no-compile", "--no-deps"]
    target = ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON]
    platforms = [part for platform in PLATFORMS for part in ("--platform", platform)]
    return subprocess.run([*pip, *wanted, *target, *platforms], check=False)


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))


def _runs(path: Path) -> bool:
    """Commands of packages are of no use there, and name this machine's Python."""
    return path.parent.name != "bin" and "__pycache__" not in path.parts


def write_zip(target: Path, files: list[tuple[Path, Path]]) -> None:
    """Each file under its name, without the time of its making or whose it is."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, name in files:
            entry = zipfile.ZipInfo(name.as_posix(), _LONG_AGO)
            entry.external_attr, entry.compress_type = _READABLE, zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
