"""Builds the wheel, installs it where nothing of the source tree can be imported, and uses it there.

The environment is a fresh one outside the repository. What phasekit and pytest require is linked into it from the
environment that runs this script, and nothing else is: a package that is imported but not declared is missing there, as
it is for a user. Prints what it does; exits with 1 where something fails.

    .venv/bin/python .ci/wheel.py
"""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"phasekit": ROOT / "phasekit", "phasekit_plugins": ROOT / "plugins" / "phasekit_plugins"}
EXAMPLES = {"demo.yaml", "plugin/README.md", "plugin/pyproject.toml", "plugin/tests/test_relax.py"}
SHORT = ("source.shape=[32, 32, 32]", "seeds=1", *(f"solver.{place}.repeat=1" for place in (0, 2, 3)))
"""Changes that make the demo quick."""
WHERE = (
    "import json, sys, phasekit, phasekit_plugins as p; print(json.dumps([phasekit.__file__, p.__file__, *sys.path]))"
)


def main() -> None:
    """Build, install and use; every step raises where it fails."""
    os.environ.pop("PYTHONPATH", None)
    os.environ["PIP_CONSTRAINT"] = str(ROOT / "constraints.txt")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        os.environ["PHASEKIT_CACHE"] = str(folder / "cache")
        wheel = built(ROOT, folder)
        check_contents(wheel)
        python = fresh_environment(folder / "environment", PathDistribution(zipfile.Path(wheel, at=metadata_in(wheel))))
        install(python, wheel)
        check_places(python, folder)
        use(python.with_name("phasekit"), folder)
        begin_a_plugin(python, folder)
    print("the wheel works")


def built(project: Path, folder: Path) -> Path:
    """Build the wheel of a project, and return its path."""
    target = folder / "wheels" / project.name
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, project, cwd=folder)
    (wheel,) = target.glob("*.whl")
    return wheel


def metadata_in(wheel: Path) -> str:
    """Return the folder of a wheel's metadata, as "NAME/"."""
    return "-".join(wheel.name.split("-")[:2]) + ".dist-info/"


def check_contents(wheel: Path) -> None:
    """Raise unless the wheel holds every file of both packages, the examples that commands use, and no more."""
    files = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith(metadata_in(wheel))}
    examples = {name for name in files if name.startswith("phasekit/cli/data/")}
    wanted = {
        f"{package}/{path.relative_to(folder)}"
        for package, folder in PACKAGES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - examples == wanted, (files - examples) ^ wanted
    assert {f"phasekit/cli/data/{name}" for name in EXAMPLES} <= examples, examples


def fresh_environment(folder: Path, wheel: Distribution) -> Path:
    """Make an environment with what the wheel and pytest require, linked from this one; return its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    (site,) = folder.glob("lib/python*/site-packages")
    for needed in required([*(wheel.requires or ()), "pytest"]):
        tops = {Path(str(file)).parts[0] for file in needed.files or ()}
        for name in tops - {"..", "__pycache__"}:
            if not (site / name).exists() and not name.endswith(".pth"):
                (site / name).symlink_to(Path(str(needed.locate_file(name))))
    return folder / "bin" / "python"


def required(requirements: Iterable[str]) -> list[Distribution]:
    """Return the installed distributions that these requirements lead to."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, asked_by = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": asked_by}):
            continue
        name = canonicalize_name(requirement.name)
        for extra in {(name, extra) for extra in ("", *requirement.extras)} - seen:
            seen.add(extra)
            found[name] = distribution(name)
            waiting += [(Requirement(text), extra[1]) for text in found[name].requires or ()]
    return [*found.values()]


def install(python: Path, *wheels: Path) -> None:
    """Install wheels; what they require has to be there."""
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--disable-pip-version-check", "--no-index", *wheels)
    run(*pip, "check", "--disable-pip-version-check")


def check_places(python: Path, folder: Path) -> None:
    """Raise unless both packages are the installed ones, and nothing of the source tree can be imported."""
    places = [Path(place) for place in json.loads(run(python, "-c", WHERE, cwd=folder)) if place]
    assert all(place.is_relative_to(folder / "environment") for place in places[:2]), places
    assert not any(place.is_relative_to(ROOT) for place in places), places


def use(phasekit: Path, folder: Path) -> None:
    """Call the commands that need what is packaged."""
    print(run(phasekit, "--version", cwd=folder).strip())
    told = json.loads(run(phasekit, "plugins", "--json", cwd=folder))
    assert told["set_aside"] == {}, told
    print(f"{len(told['plugins'])} plugins")
    changes = [word for change in SHORT for word in ("--set", change)]
    run(phasekit, "demo", *changes, cwd=folder)
    for name in ("result.cxi", "report.html", "recipe.yaml"):
        assert (folder / "runs" / "demo" / name).stat().st_size > 0, name


def begin_a_plugin(python: Path, folder: Path) -> None:
    """Begin a plugin package, install it, and run its tests."""
    project = folder / "mine"
    run(python.with_name("phasekit"), "new", "plugin", project, cwd=folder)
    for name in ("pyproject.toml", "README.md", "src/phasekit_relax/relax.py", "tests/test_relax.py"):
        assert filecmp.cmp(project / name, ROOT / "examples" / "plugin" / name, shallow=False), name
    install(python, built(project, folder))
    assert "# relax (solver)" in run(python.with_name("phasekit"), "show", "relax", cwd=folder)
    print(run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project).strip())


def run(*words: object, cwd: Path | None = None) -> str:
    """Run a command and return what it prints; one that fails is shown with all that it said."""
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
