"""How large the report of a large comparison is, and how soon it opens: 5 solvers × 100 seeds at 64³ in Chromium.

The comparison is a real one, run as any recipe is, of short chains: what they find is not the point here. The page is
opened from its file with an empty profile each time. It counts as open when it has loaded, its scripts have run,
charts and pictures in the window and half a window below are drawn and two frames have passed. Then a start is chosen,
and the section of the objects jumped to, with its 3-D views. Writes benchmarks/results/page.json.

    python benchmarks/page.py [--side 64] [--seeds 100] [--rounds 7] [--run FOLDER]

With --run the comparison's folder is kept there, and one that is finished is measured again.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import phasekit

# After the path, for what drives a browser lies in tests/, which is no package that is installed.
sys.path.insert(0, str(Path(__file__).parents[1]))
from figures import write

from tests import chromium

BARS = {"MB": 15, "seconds": 3}

WRAP = {"name": "shrinkwrap", "reference": "rms", "threshold": 0.25}


def wrapped(name: str, steps: int) -> list[dict[str, Any]]:
    """Return a chain of 60 steps: four turns of a solver and shrink-wrap, then error reduction."""
    turns = {"repeat": 4, "solvers": [{"name": name, "steps": steps}, WRAP]}
    left = 60 - 4 * (steps + 1)
    return [turns, {"name": "er", "steps": left}] if left else [turns]


SOLVERS: dict[str, Any] = {
    "error reduction": wrapped("er", 14),
    "HIO": wrapped("hio", 10),
    "RAAR": wrapped("raar", 10),
    "difference map": wrapped("dm", 5),
    "HIO, then RAAR": [
        {"name": "hio", "steps": 22},
        WRAP,
        {"name": "raar", "steps": 20},
        WRAP,
        {"name": "er", "steps": 16},
    ],
}

DRAWN = """(async (from) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const near = (node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom > 0 && top < 1.5 * innerHeight;
  };
  const all = (what) => [...document.querySelectorAll(what)].filter(near);
  while (all(".chart").some((chart) => !chart.querySelector(".main-svg"))) await frame();
  await Promise.all(all("img").map((image) => image.decode()));
  await frame();
  await frame();
  return (performance.now() - from) / 1000;
})"""

OPEN = f"{DRAWN}(0)"

JUMP = f"""(() => {{
  const began = performance.now();
  document.getElementById("objects").scrollIntoView({{ behavior: "instant" }});
  return {DRAWN}(began);
}})()"""

CHOOSE = """(async () => {
  const buttons = [...document.querySelectorAll("#starts tbody button")];
  const button = buttons[Math.floor(buttons.length / 2)];
  const began = performance.now();
  button.click();
  while (button.ariaPressed !== "true") await new Promise((done) => requestAnimationFrame(done));
  return (performance.now() - began) / 1000;
})()"""

PARTS = {
    "plotly_js": r"<script>/\*\*\n\* plotly\.js.*?</script>",
    "figures": r"data:image/webp;base64,[^\"]+",
    "charts": r"<script type=\"application/json\" data-chart=.*?</script>",
    "start_objects": r"data-object=\"[^\"]*\"",
}
"""What takes the room: name -> what is counted as it."""


def compared(folder: Path, side: int, seeds: int) -> Path:
    """Run the comparison, if it has not finished there before, and return its page."""
    source = {"name": "simulation", "generator": "crystal", "shape": [side] * 3, "photons": 1e6, "seed": 102}
    recipe = {"task": "compare", "source": source, "solvers": SOLVERS, "seeds": seeds, "goals": {"object-error": 0.5}}
    phasekit.run(recipe, out=folder, resume=folder.exists())
    return folder / "report.html"


def opened(page: Path) -> dict[str, float]:
    """Open the page in a browser of its own; return the seconds until it is open, and until what is asked is shown."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        chromium.Page(page, Path(profile)) as browser,
    ):
        found = {"open": browser.says(OPEN), "choose": browser.says(CHOOSE), "objects": browser.says(JUMP)}
        assert browser.errors == [], browser.errors
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if chromium.BROWSER is None:
        raise SystemExit("no browser to open the page with: install chromium, or google-chrome, and put it on the PATH")
    with tempfile.TemporaryDirectory() as scratch:
        page = compared(options.run or Path(scratch) / "run", options.side, options.seeds)
        text, load = page.read_text(encoding="utf-8"), os.getloadavg()[0]
        times = [opened(page) for _ in range(options.rounds)]
        size = page.stat().st_size / 1e6
    parts = {name: sum(map(len, re.findall(what, text, re.DOTALL))) / 1e6 for name, what in PARTS.items()}
    seconds = {what: [one[what] for one in times] for what in times[0]}
    middle = {what: statistics.median(values) for what, values in seconds.items()}
    low, high = min(seconds["open"]), max(seconds["open"])
    print(
        f"{len(SOLVERS)} solvers × {options.seeds} seeds × {options.side}³: {size:.1f} MB, open after "
        f"{middle['open']:.2f} s ({low:.2f} to {high:.2f}), a start shown {middle['choose']:.2f} s after the click, "
        f"the objects {middle['objects']:.2f} s after the jump; bars {BARS}, load {load:.1f}"
    )
    for name, value in parts.items():
        print(f"  {name}: {value:.2f} MB")
    row = {"solvers": len(SOLVERS), "seeds": options.seeds, "side": options.side, "MB": size, "parts_mb": parts}
    write("page", {"bars": BARS, "load": load, "rows": [row | {"seconds": seconds}]}, options.out)


if __name__ == "__main__":
    main()
