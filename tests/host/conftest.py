"""Peers on ptys that vanish with their test, and prescription files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.host.peer import FakePump, Peer, Script

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
