"""The USB session: frames in, replies and trace out.

Sessions, roles and keys come later; their place in the frame header is there.
Every limit on a dose is enforced behind this part, whoever asks (SR33).
"""
