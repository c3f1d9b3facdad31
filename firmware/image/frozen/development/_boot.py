"""Mounts the littlefs if there is one; formats nothing.

To make one, at the REPL: vfs.VfsLfs2.mkfs(rp2.Flash(start=0, len=65536), progsize=256)
"""

import rp2
import vfs

try:
    vfs.mount(vfs.VfsLfs2(rp2.Flash(start=0, len=64 * 1024), progsize=256), "/")
except OSError:
    pass  # none there: the REPL works without
