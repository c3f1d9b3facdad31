"""Fetches files from Debian's archive with a configuration of its own.

The archive is the one that the system's apt already uses, asked for another suite; the system's
lists, sources and packages are left as they are, and no address is written down anywhere but in
build/image. Works without root.
"""

import re
import shutil
from pathlib import Path

from image.steps import WORK, Stop, ask, run

SUITE = "trixie"
NO_APT = (
    "this machine has no Debian archive to take the sources from; with checkouts of your own "
    "(submodules included):\n"
    "    make firmware MICROPYTHON_DIR=path/to/micropython [PICO_SDK_DIR=path/to/pico-sdk]"
)
KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")


def archive(targets: str) -> str | None:
    """The address of Debian's main archive among lines of `address|label`, if it is there.

    The label is known only once lists were fetched, which on a fresh machine nobody has done yet.
    """
    for line in targets.splitlines():
        address, _, label = line.partition("|")
        unknown = label in ("", "$(LABEL)")
        if label == "Debian" or (unknown and re.search(r"/debian/?$", address)):
            return address
    return None


class Apt:
    """A private apt in build/image/apt that knows one suite."""

    def __init__(self) -> None:
        self._folder = WORK / "apt"
        self._updated = False

    def _options(self) -> list[str]:
        folder = self._folder
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": folder / "cache",
            "APT::Sandbox::User": "root",
            "APT::Architecture": "amd64",  # the packages wanted are for all; amd64 has them all
            "APT::Architectures::": "amd64",
            "Acquire::Languages": "none",
        }
        return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]

    def update(self) -> None:
        """Read the suite's package lists; once."""
        if self._updated:
            return
        if shutil.which("apt-get") is None:
            raise Stop(NO_APT)
        targets = ask(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(LABEL)",
             "Created-By: Packages"]
        )  # fmt: skip
        address = archive(targets or "")
        if address is None:
            raise Stop(NO_APT)
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("lists/partial", "cache/archives/partial"):
            (self._folder / name).mkdir(parents=True)
        signed = [Path("/usr/share/keyrings", name) for name in KEYRINGS]
        by = next((f"[signed-by={path}] " for path in signed if path.exists()), "")
        lines = [f"{kind} {by}{address} {SUITE} main\n" for kind in ("deb", "deb-src")]
        (self._folder / "sources.list").write_text("".join(lines))
        self._run("apt-get", "update")
        self._updated = True

    def fetch(self, package: str, version: str, kind: str, folder: Path) -> None:
        """Put a package's file(s) into `folder`: `kind` is source (the tarballs) or binary."""
        self.update()
        what = ["source", "--download-only", "--tar-only"] if kind == "source" else ["download"]
        self._run("apt-get", *what, f"{package}={version}", cwd=folder)

    def versions(self, package: str) -> list[dict[str, str]]:
        """The source package's versions in the suite: [{version, file, sha256}, ...]."""
        self.update()
        text = ask(["apt-cache", *self._options(), "showsrc", package]) or ""
        found = []
        for paragraph in re.split(r"\n\n+", text):
            version = re.search(r"^Version: (\S+)$", paragraph, re.M)
            tarball = re.search(r"^ ([0-9a-f]{64}) \d+ (\S+\.orig\.tar\.\w+)$", paragraph, re.M)
            if version and tarball:
                found.append({"version": version[1], "file": tarball[2], "sha256": tarball[1]})
        return found

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> None:
        run([program, *self._options(), *arguments], "apt", cwd)

    def clear(self) -> None:
        """Remove lists and sources; what was fetched is kept elsewhere."""
        shutil.rmtree(self._folder, ignore_errors=True)
