"""Peers on ptys that vanish with their test, and prescription files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.host.peer import FakePump, Peer, Script
from tests.host.prescriptions import GOOD
from thecal.cli.main import main
from thecal.device import ports

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "morphine.toml"


@pytest.fixture
def connect() -> Iterator[Callable[[Script], Peer]]:
    """Starts a Peer with a script; all of them end with the test."""
    peers: list[Peer] = []

    def start(script: Script) -> Peer:
        peers.append(Peer(script))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


@pytest.fixture
def pump() -> FakePump:
    return FakePump()


@pytest.fixture
def pump_port(connect, pump) -> str:
    """The port of a fake pump."""
    return connect(pump).port


@pytest.fixture
def example() -> Path:
    """The prescription file of the documentation."""
    return EXAMPLE


@pytest.fixture
def write_file(tmp_path) -> Callable[[str], Path]:
    """Writes a prescription file."""

    def write(text: str) -> Path:
        path = tmp_path / "p.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def alone(monkeypatch):
    """No pump but the test's, and room for whole lines."""
    monkeypatch.setattr(ports, "find_pumps", list)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def prescribed(pump) -> FakePump:
    """The fake pump with a prescription in force."""
    pump.record, pump.generation, pump.state.stroke_pl = GOOD.to_bytes(), 1, 250_000
    return pump


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line; returns (exit code, stdout, stderr)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
