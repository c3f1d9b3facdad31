"""Make typings/ ready: the types of MicroPython on the Pico, for pyright.firmware.json alone.

Usage: python -m tools.firmware_stubs

They bring a `time`, a `sys` and a `machine` of their own, so they are installed into a folder and
never into .venv. pyright also gets a venv with nothing in it, or it would find CPython's modules
for imports that the device does not have. A stamp says which lock file both were made from.
"""

import hashlib
import os
import shutil
import sys

from tools.environment import ROOT, alone, run, say

LOCK = os.path.join("tools", "requirements-stubs.lock")
TYPINGS = os.path.join(ROOT, "typings")
STAMP = os.path.join(TYPINGS, "thecal.stamp")
NO_PACKAGES = os.path.join(ROOT, "build", "no-packages")


def is_ready(wanted):
    """True if typings/ was made from this lock file."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == wanted
    except OSError:
        return False


def install():
    """What the lock file holds, checked by hash."""
    say(f"installing {LOCK} into typings")
    shutil.rmtree(TYPINGS, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    what = ["--no-deps", "--require-hashes", "-r", os.path.join(ROOT, LOCK)]
    run("pip install", pip + ["--no-compile", "--target", TYPINGS] + what)


def main():
    with open(os.path.join(ROOT, LOCK), "rb") as lock:
        wanted = hashlib.sha256(lock.read()).hexdigest()
    with alone():
        packages = os.path.join(NO_PACKAGES, "lib", "python3.11", "site-packages")
        os.makedirs(packages, exist_ok=True)
        with open(os.path.join(NO_PACKAGES, "pyvenv.cfg"), "w"):
            pass
        if not is_ready(wanted):
            install()
            with open(STAMP, "w") as stamp:
                stamp.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
