"""The programs that a build needs: found, installed where that is possible, or what to type."""

import os
import shutil
from pathlib import Path

from image.steps import Stop, ask, run, say, timed

# Debian package -> what shows that it is there: a program, or a file that a compiler knows.
PACKAGES: dict[str, str | tuple[str, str]] = {
    "gcc-arm-none-eabi": "arm-none-eabi-gcc",
    "libnewlib-arm-none-eabi": ("arm-none-eabi-gcc", "nosys.specs"),
    "cmake": "cmake",
    "make": "make",
    "gcc": "gcc",
    "libc6-dev": ("gcc", "crt1.o"),
}


def is_there(proof: str | tuple[str, str]) -> bool:
    """True if the program, or the file that belongs to a compiler, is on this machine."""
    if isinstance(proof, str):
        return shutil.which(proof) is not None
    compiler, file = proof
    # A compiler prints the bare name back when it does not have the file.
    return os.path.isabs(ask([compiler, f"-print-file-name={file}"]) or "")


def missing() -> list[str]:
    """The Debian packages that hold what is not there."""
    return [package for package, proof in PACKAGES.items() if not is_there(proof)]


def ensure() -> str:
    """Make the tool chain ready; returns what compiles, as it says itself."""
    packages = missing()
    if packages:
        install(packages)
        packages = missing()
    if packages:
        raise Stop(f"still missing after the installation: {' '.join(packages)}")
    return (ask(["arm-none-eabi-gcc", "--version"]) or "unknown").splitlines()[0]


def install(packages: list[str]) -> None:
    """Install with the system's own apt, as root; otherwise stop and say what to type."""
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        names = sorted({proof if isinstance(proof, str) else proof[0]
                        for proof in map(PACKAGES.__getitem__, packages)})  # fmt: skip
        raise Stop(
            f"not on this machine: {', '.join(names)} (with newlib); "
            f"on Debian and its like: {command}"
        )
    if os.geteuid() != 0:
        sudo = "sudo " if shutil.which("sudo") else ""
        raise Stop(f"the tool chain is not complete; as root, type:\n    {sudo}{command}")
    say(f"installing {' '.join(packages)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with timed("tool chain installed"):
        run(["apt-get", "update", "-q"], "apt-install", extra=quiet)
        run(
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
            "apt-install",
            extra=quiet,
        )


def fingerprint() -> str:
    """What of the tool chain decides the compiled code, as text."""
    asked = (["arm-none-eabi-gcc", "--version"], ["arm-none-eabi-ld", "--version"])
    found = [(ask(command) or "").splitlines()[:1] for command in asked]
    newlib = ask(["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0plus", "-print-file-name=libc.a"])
    size = Path(newlib).stat().st_size if newlib and os.path.isabs(newlib) else 0
    return f"{found} libc {size}"
