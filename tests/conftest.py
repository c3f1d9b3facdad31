"""What all tests share: MicroPython, and how hypothesis searches."""

import os

import hypothesis
import pytest

from hil.rigs.find_micropython import HOW_TO_INSTALL, micropython_command

IN_CI = bool(os.environ.get("CI"))

# A time limit per example would fail on a busy machine. In CI every run tries the same examples,
# so that a red run is about the change; elsewhere each run tries new ones.
hypothesis.settings.register_profile("thecal", deadline=None, derandomize=IN_CI, print_blob=True)
hypothesis.settings.load_profile("thecal")


@pytest.fixture(scope="session")
def micropython() -> list[str]:
    """The command that starts MicroPython's unix port; tests that need it skip without one.

    In CI they fail: a check that silently stopped running is worse than a red one.
    """
    command = micropython_command()
    if command is None:
        if IN_CI:
            pytest.fail(HOW_TO_INSTALL)
        pytest.skip(HOW_TO_INSTALL)
    return command
