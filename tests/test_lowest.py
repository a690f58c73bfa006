"""The versions that ``make test-lowest`` installs are those that setup.cfg promises."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_constraints_are_the_lower_bounds():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split("\n")
    bounds = dict(line.split(">=") for line in lines if ">=" in line)
    lines = (ROOT / "tests" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    assert pinned.pop("jaxlib") == pinned["jax"]
    assert pinned.keys() == bounds.keys()
    for name, bound in bounds.items():
        assert f"{pinned[name]}.0".startswith(f"{bound}."), name
