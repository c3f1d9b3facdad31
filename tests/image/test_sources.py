"""The pinned sources, how damaged or newer ones are met, and where they are asked for."""

import hashlib
import re

import pytest

from image import apt, sources
from image.steps import ROOT, Stop
from tools.firmware_stubs import LOCK


@pytest.mark.parametrize("source", sources.PINNED, ids=lambda source: source.package)
def test_a_pin_is_well_formed(source):
    assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)
    assert source.kind in ("source", "binary")
    upstream = source.version.rsplit("-", 1)[0]
    assert source.file.startswith(f"{source.package}_{upstream.split('-')[0]}")
    assert source.version.startswith(source.series)


def test_pins_do_not_collide():
    for name in ("package", "file", "sha256", "folder"):
        assert len({getattr(source, name) for source in sources.PINNED}) == len(sources.PINNED)


def test_the_tag_is_that_of_the_pinned_micropython():
    (micropython,) = [one for one in sources.PINNED if one.package == "micropython"]
    assert "v" + micropython.version.split("+")[0] == sources.MICROPYTHON_TAG


def test_no_tracked_file_of_the_image_names_an_address():
    for path in (ROOT / "firmware" / "image").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert b"://" not in path.read_bytes(), path


def test_the_stubs_are_pinned_by_hash_and_name_no_address():
    text = (ROOT / LOCK).read_text()
    assert "://" not in text
    requirements = re.split(r"\n(?=[a-z])", text)
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", requirement)


class FakeApt:
    """An archive with one file of one version."""

    def __init__(self, version, content):
        self.version, self.content = version, content

    def fetch(self, package, version, kind, folder):
        if version != self.version:
            raise Stop("no such version")
        (folder / f"{package}.tar").write_bytes(self.content)

    def versions(self, package):
        digest = hashlib.sha256(self.content).hexdigest()
        return [{"version": self.version, "file": f"{package}.tar", "sha256": digest}]

    def clear(self):
        pass


def pin(content, series=""):
    digest = hashlib.sha256(content).hexdigest()
    return sources.Source("thing", "1.2.3", "source", "thing.tar", digest, "thing", series)


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "DOWNLOADS", tmp_path)
    return tmp_path


def test_a_file_that_is_the_pinned_one_is_taken(downloads):
    source = pin(b"good")
    assert sources.download(FakeApt("1.2.3", b"good"), source) is source
    assert source.is_whole()


def test_a_file_that_is_not_the_pinned_one_is_refused_and_removed(downloads):
    with pytest.raises(Stop, match="sha256"):
        sources.download(FakeApt("1.2.3", b"evil"), pin(b"good"))
    assert list(downloads.iterdir()) == []


def test_a_newer_version_of_the_series_is_taken_when_the_pinned_one_is_gone(downloads):
    taken = sources.download(FakeApt("1.2.9", b"newer"), pin(b"good", series="1.2."))
    assert (taken.version, taken.is_whole()) == ("1.2.9", True)
    assert sources.record([taken])[0]["pinned"] is False


@pytest.mark.parametrize("series", ["", "1.2."])
def test_another_series_is_not_taken(downloads, series):
    with pytest.raises(Stop, match="no such version"):
        sources.download(FakeApt("1.3.0", b"newer"), pin(b"good", series))


def test_what_took_the_place_of_a_pin_is_remembered(downloads, monkeypatch):
    monkeypatch.setattr(sources, "PINNED", (pin(b"good", series="1.2."),))
    monkeypatch.setattr(sources, "Apt", lambda: FakeApt("1.2.9", b"newer"))
    (first,) = sources.ready({"thing"})
    monkeypatch.setattr(sources, "Apt", lambda: FakeApt("none", b""))
    assert sources.ready({"thing"}) == [first]


@pytest.mark.parametrize(
    ("package", "path", "used"),
    [
        ("micropython", "py/vm.c", True),
        ("micropython", "ports", True),
        ("micropython", "ports/rp2/main.c", True),
        ("micropython", "ports/unix/main.c", False),
        ("micropython", "tests/basics/int1.py", False),
        ("mbedtls", "library/sha256.c", True),
        ("mbedtls", "tests/x", False),
    ],
)
def test_only_what_a_build_reads_is_unpacked(package, path, used):
    assert sources.is_used(package, tuple(path.split("/"))) is used


ADDRESS = "proto:mirror/debian/"


@pytest.mark.parametrize(
    "targets",
    [
        f"{ADDRESS}|Debian\nproto:mirror/debian-security/|Debian-Security",
        f"proto:mirror/debian-security/|Debian-Security\n{ADDRESS}|Debian",
        f"proto:mirror/debian-security/|$(LABEL)\n{ADDRESS}|$(LABEL)",  # lists never fetched
        f"proto:other/tool/|Some Tool\n{ADDRESS}|Debian",
    ],
)
def test_the_main_archive_is_found_among_what_apt_uses(targets):
    assert apt.archive(targets) == ADDRESS


@pytest.mark.parametrize("targets", ["", "proto:mirror/ubuntu/|Ubuntu", "proto:x/tool/|$(LABEL)"])
def test_without_debian_s_archive_none_is_found(targets):
    assert apt.archive(targets) is None
