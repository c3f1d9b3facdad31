"""Make .venv ready for `make demo`, `make test` or `make lint`, from nothing if need be.

Usage: python3 tools/environment.py demo|dev|lint

Runs on any Python 3.6 or newer, so that one which is too old gets a sentence and no traceback.
A stamp in .venv says what it was made from (checkout, Python, lock file, pyproject.toml); while
that is unchanged there is nothing to do. A copied or moved checkout makes itself a new .venv.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)
BAD_ENVIRONMENT = 3

# A lock file holds all that the ones it `includes` hold, at the same versions.
LOCKS = {
    "demo": {"file": "requirements.lock", "includes": []},
    "dev": {"file": "requirements-dev.lock", "includes": ["demo"]},
    "node": {"file": os.path.join("tools", "requirements-node.lock"), "includes": []},
}


def say(text):
    print("thecal: " + text, flush=True)


def stop(text):
    print("thecal: " + text, file=sys.stderr, flush=True)
    sys.exit(BAD_ENVIRONMENT)


def check_python():
    """Stop with the command that helps when this Python cannot make the environment."""
    if sys.version_info < OLDEST:
        stop(
            f"Python {sys.version.split()[0]} is too old, 3.11 or newer is needed; "
            "if there is one: make ... PYTHON=python3.11"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        stop("this Python cannot make a venv; on Debian: apt-get install python3-venv")


def run(step, command):
    """Run quietly; when it fails, show the end of what it said and stop."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        lines = done.stdout.decode(errors="replace").splitlines()
        print("\n".join(lines[-20:]), file=sys.stderr)
        stop(f"{step} failed, see above")


def stamp_path(name):
    return os.path.join(VENV, f"thecal-{name}.stamp")


def read_stamp(name):
    try:
        with open(stamp_path(name)) as stamp:
            return stamp.read()
    except OSError:
        return ""


def write_stamp(name, text):
    with open(stamp_path(name), "w") as stamp:
        stamp.write(text)


def digest(lock_file):
    """What an environment from this lock file is made from, in one hash."""
    parts = hashlib.sha256()
    for name in (lock_file, "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            parts.update(file.read())
    return parts.hexdigest()


def ensure_venv():
    """A .venv of this Python in this place."""
    version = sys.version.split()[0]
    origin = f"{version} in {ROOT}"
    if os.path.exists(VENV_PYTHON) and read_stamp("venv") == origin:
        return
    say(f"making .venv (Python {version})")
    # Inside the .venv that is about to be cleared, the Python that it was made from does it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    run("python3 -m venv", [python, "-m", "venv", "--clear", VENV])
    write_stamp("venv", origin)


def ensure_lock(name):
    """What the lock file holds, and Thecal itself as an editable install."""
    lock = LOCKS[name]
    wanted = digest(lock["file"])
    if read_stamp(name) == wanted:
        return
    say(f"installing {lock['file']} (the first time this takes a minute)")
    pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    start = time.monotonic()
    run("pip install", pip + ["--require-hashes", "-r", os.path.join(ROOT, lock["file"])])
    if name != "node":
        run("pip install -e", pip + ["--no-build-isolation", "--no-deps", "-e", ROOT])
    write_stamp(name, wanted)
    for included in lock["includes"]:
        write_stamp(included, digest(LOCKS[included]["file"]))
    say(f"ready in {time.monotonic() - start:.0f} s")


@contextlib.contextmanager
def alone():
    """Let two runs in the same checkout wait for each other."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        yield
        return
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in ("demo", "dev", "lint"):
        print(__doc__, file=sys.stderr)
        return 2
    check_python()
    wanted = ["dev"] if arguments[0] == "lint" else [arguments[0]]
    if arguments[0] == "lint" and shutil.which("node") is None:
        wanted.append("node")  # pyright runs on it
    with alone():
        ensure_venv()
        for name in wanted:
            ensure_lock(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
