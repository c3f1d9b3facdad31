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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests recorded, and one line for each reason to leave tests out."""
    reports = [report for kind in ("passed", "failed")
               for report in terminalreporter.getreports(kind)]
    figures = [str(value) for report in reports for name, value in report.user_properties
               if name == "figure" and report.when == "call"]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(figure)
    _one_place_for_each_reason(terminalreporter.getreports("skipped"))


def _one_place_for_each_reason(skipped: list[pytest.TestReport]) -> None:
    """pytest -rs prints a line for each place and reason: give those of one reason one place."""
    by_reason: dict[str, list[pytest.TestReport]] = {}
    for report in skipped:
        if isinstance(report.longrepr, tuple):
            by_reason.setdefault(report.longrepr[2], []).append(report)
    for reason, reports in by_reason.items():
        folders = {os.path.dirname(report.nodeid.split("::")[0]) for report in reports}
        for report in reports:
            report.longrepr = (", ".join(sorted(folders)), None, reason)  # type: ignore[assignment]
