"""Did a stroke turn the rotor and move fluid (SR08, SR09, SR44)?

The encoder proves motion, the flow sensor proves fluid. Three strokes in a row
without the first are a stall, without the second a dry reservoir.
"""

COUNTS_PER_TURN = 4096  # 12-bit encoder
COUNTS_PER_STROKE = 256
IN_A_ROW = 3
SAMPLE_RAW_PER_NL = 30  # 0.1 uL/min for 20 ms is 1/30 nL


class StrokeCheck:
    """Judges each stroke's burst; `moved` and `measured_nl` describe the last one."""

    def __init__(self, stroke_pl):
        self._half_nl = stroke_pl // 2000
        self._most_nl = stroke_pl // 250  # four strokes: more is the sensor at its rails
        self._still = 0
        self._dry = 0
        self._contrary = 0
        self._unseen = 0
        self._stroke_pl = stroke_pl
        self.moved = 0
        self.measured_nl = 0
        self.blind = False  # the last burst told nothing of the flow
        self.proven = 0  # counts that the encoder or, seeing more, the flow sensor vouches for

    def judge(self, encoder_before, encoder_after, zero_raw, samples):
        """Take in the burst of one stroke; an encoder of None counts as no motion."""
        if encoder_before is None or encoder_after is None:
            self.moved = 0
        else:
            self.moved = turned(encoder_before, encoder_after)
        self._still = self._still + 1 if self.moved < COUNTS_PER_STROKE // 2 else 0
        self.proven = self.moved
        self.blind = samples is None or zero_raw is None
        self._unseen += 1
        if samples is None or zero_raw is None:
            self.measured_nl = 0
            return
        total_raw = 0
        lowest = highest = samples[0]
        for sample in samples:
            total_raw += sample - zero_raw
            lowest = min(lowest, sample)
            highest = max(highest, sample)
        # A stroke's flow rises and falls: a sensor that repeats one value is stuck.
        self.blind = len(samples) > 1 and lowest == highest
        if self.blind:
            self.measured_nl = 0
            return
        self._unseen = 0
        self.measured_nl = total_raw // SAMPLE_RAW_PER_NL if total_raw > 0 else 0
        self.measured_nl = min(self.measured_nl, self._most_nl)
        moving = self._still == 0
        self._dry = self._dry + 1 if moving and self.measured_nl < self._half_nl else 0
        self._weigh_up()

    def contradicted(self):
        """True once three strokes in a row moved the fluid but, by the encoder, not the rotor."""
        return self._contrary >= IN_A_ROW

    def unseen(self):
        """True once three strokes in a row told nothing of the flow: a stuck sensor shows so."""
        return self._unseen >= IN_A_ROW

    def stalled(self):
        """True once three strokes in a row did not turn the rotor."""
        return self._still >= IN_A_ROW

    def dry(self):
        """True once three strokes in a row turned but moved no fluid."""
        return self._dry >= IN_A_ROW

    def reset(self):
        """Forget what was seen, after a clinician acted."""
        self._still = 0
        self._dry = 0
        self._contrary = 0
        self._unseen = 0

    def _weigh_up(self):
        """An encoder that reads low must not make the pump catch up on what did arrive."""
        seen = COUNTS_PER_STROKE * self.measured_nl * 1000 // self._stroke_pl
        short = COUNTS_PER_STROKE * 7 // 8
        self._contrary = self._contrary + 1 if self.moved < short <= seen else 0
        self.proven = max(self.moved, seen)


def turned(before, after):
    """Counts from one encoder reading to another, by the shorter way round."""
    counts = after - before
    if counts < -COUNTS_PER_TURN // 2:
        return counts + COUNTS_PER_TURN
    if counts >= COUNTS_PER_TURN // 2:
        return counts - COUNTS_PER_TURN
    return counts
