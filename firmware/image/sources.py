"""MicroPython and what it stands on, as Debian carries them: pinned, checked by hash, unpacked.

The upstream tarballs are taken as they are, without Debian's patches. Debian replaces mbedtls
within its series for security; when the pinned one is gone, a newer 3.6.x that the archive's own
signature vouches for is taken, and the image's JSON says so.
"""

import hashlib
import shutil
import tarfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from image.apt import Apt
from image.steps import WORK, Stop, run, say, timed

DOWNLOADS = WORK / "downloads"


@dataclass(frozen=True)
class Source:
    """One package of the archive, and the file of it that is used."""

    package: str
    version: str
    kind: str  # source: the upstream tarball; binary: the package itself
    file: str
    sha256: str
    folder: str  # where it goes, below the folder of sources
    series: str = ""  # any version that begins so will do when the pinned one is gone

    @property
    def path(self) -> Path:
        return DOWNLOADS / self.file

    def is_whole(self) -> bool:
        """True if the file is there and is the one that was pinned."""
        if not self.path.exists():
            return False
        return hashlib.sha256(self.path.read_bytes()).hexdigest() == self.sha256


PINNED = (
    Source(
        "micropython", "1.25.0+ds-1", "source", "micropython_1.25.0+ds.orig.tar.xz",
        "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea", "micropython",
    ),
    Source(
        "mbedtls", "3.6.6-0.1~deb13u1", "source", "mbedtls_3.6.6.orig.tar.bz2",
        "8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a",
        "micropython/lib/mbedtls", series="3.6.",
    ),
    Source(
        "pico-sdk-source", "2.1.1-1", "binary", "pico-sdk-source_2.1.1-1_all.deb",
        "507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3", "pico-sdk",
    ),
    Source(
        "tinyusb-source", "0.18.0+dfsg-1", "binary", "tinyusb-source_0.18.0+dfsg-1_all.deb",
        "01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e",
        "micropython/lib/tinyusb",
    ),
)  # fmt: skip
MICROPYTHON_TAG = "v1.25.0"
RELEASED = 1744675200  # 2025-04-15, the day of that tag: the date in every banner

# Parts of the tarballs that no build of ours reads: they are most of the bytes.
UNUSED = {
    "micropython": ("docs", "tests", "examples", "logo"),
    "mbedtls": ("tests", "docs", "programs", "framework", "visualc", "doxygen"),
}
PORT = "rp2"


def ready(names: set[str]) -> list[Source]:
    """Download what of the named packages is not there yet; returns what is used."""
    used = []
    apt = Apt()
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    for source in PINNED:
        if source.package not in names:
            continue
        remembered = DOWNLOADS / f"{source.package}.instead"
        if not source.is_whole() and remembered.exists():
            source = replace(source, **dict(zip(INSTEAD, remembered.read_text().split())))
        if not source.is_whole():
            with timed(f"{source.package} {source.version} downloaded"):
                source = download(apt, source)
        used.append(source)
    apt.clear()
    return used


INSTEAD = ("version", "file", "sha256")


def download(apt: Apt, source: Source) -> Source:
    """Fetch one file and check it; returns what was taken in the end."""
    try:
        apt.fetch(source.package, source.version, source.kind, DOWNLOADS)
    except Stop:
        if not source.series:
            raise
        newer = [one for one in apt.versions(source.package)
                 if one["version"].startswith(source.series)]  # fmt: skip
        if not newer:
            raise
        source = replace(source, **newer[-1])
        say(f"{source.package}: the pinned version is gone, taking {source.version} instead")
        apt.fetch(source.package, source.version, source.kind, DOWNLOADS)
        (DOWNLOADS / f"{source.package}.instead").write_text(
            " ".join(getattr(source, name) for name in INSTEAD)
        )
    if not source.is_whole():
        source.path.unlink(missing_ok=True)
        raise Stop(
            f"{source.file} is not the file that was pinned (its sha256 differs): not used; "
            "the archive changed it, or somebody on the way did"
        )
    return source


def unpack(used: list[Source], folder: Path) -> None:
    """Lay the sources out below `folder`, as MicroPython's build wants them."""
    with timed("sources unpacked"):
        for source in sorted(used, key=lambda one: len(one.folder)):
            target = folder / source.folder
            if source.kind == "source":
                unpack_tarball(source, target)
            else:
                unpack_package(source, target)


def unpack_tarball(source: Source, target: Path) -> None:
    """Unpack a tarball without its top folder and without what is not used."""
    with tarfile.open(source.path) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        for member in archive:
            parts = PurePosixPath(member.name).parts[1:]
            if parts and is_used(source.package, parts):
                member.name = str(PurePosixPath(*parts))
                archive.extract(member, target)


def is_used(package: str, parts: tuple[str, ...]) -> bool:
    """True if a build of ours may read this path of the package's tarball."""
    if parts[0] in UNUSED[package]:
        return False
    return package != "micropython" or parts[0] != "ports" or parts[1:2] in ((), (PORT,))


def unpack_package(source: Source, target: Path) -> None:
    """Unpack a binary package; what it holds for us is the one folder in usr/src."""
    raw = target.parent / f".{source.package}"
    run(["dpkg-deb", "-x", source.path, raw], "unpack")
    (inner,) = (raw / "usr" / "src").iterdir()
    shutil.rmtree(target, ignore_errors=True)
    inner.rename(target)
    shutil.rmtree(raw)


def record(used: list[Source]) -> list[dict[str, str | bool]]:
    """What was used, for the image's JSON."""
    shown = ("package", "version", "file", "sha256")
    return [
        {name: asdict(source)[name] for name in shown} | {"pinned": source in PINNED}
        for source in used
    ]
