# ruff: noqa: F821
"""The frozen code: MicroPython's PIO assembler, and all that stage.py laid into frozen/.

In a fixed order, so that the same modules make the same image.
"""

import glob

freeze("$(PORT_DIR)/modules", "rp2.py")
for name in sorted(glob.glob("**/*.py", root_dir="frozen", recursive=True)):
    freeze("frozen", name)
