"""The whole dosing core at random, judged by an oracle written from docs/dosing.md alone."""
