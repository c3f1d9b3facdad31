"""The lock files pin everything, by hash, and name no place to get it from."""

import re

import pytest

from tools.environment import LOCKS
from tools.firmware_rules import ROOT

FILES = [lock["file"] for lock in LOCKS.values()]


def pins(name):
    """{requirement line: number of its hashes} of a lock file."""
    found = {}
    requirement = None
    for line in (ROOT / name).read_text().splitlines():
        if re.match(r"[a-z0-9]", line):
            requirement = line.removesuffix("\\").strip()
            found[requirement] = 0
        elif "--hash=sha256:" in line:
            found[requirement] += 1
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_lock_file_names_no_address(name):
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_one_version_with_hashes(name):
    assert pins(name)
    for requirement, hashes in pins(name).items():
        assert re.match(r"[a-z0-9-]+==\S+( ;|$)", requirement)
        assert hashes, requirement


def test_the_development_lock_holds_all_of_the_other_one():
    assert pins("requirements.lock").keys() < pins("requirements-dev.lock").keys()
