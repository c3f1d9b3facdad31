"""Which build this is; the image's build writes the commit here."""

BUILD = b"dev"
