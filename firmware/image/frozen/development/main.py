"""Starts nothing: the REPL comes, and with it mpremote."""

print("Thecal development image: no pump is running. To run one:")
print("  from pump.app.loop import run; from pump.board.pico.body import PicoBoard")
print("  run(PicoBoard())")
print("It takes this port for itself until the board is reset.")
