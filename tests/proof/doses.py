"""Presses, and the dose commands of a clinician."""

from pump.link.session import Refused
from thecal_wire import codes, halpipe


class Doses:
    """A part of Life; each method is one happening and returns why the pump wakes."""

    def press(self):
        """A press that counts, or one of another length."""
        c = self.chance.random()
        held_ms = self.chance.choice((100, 200, 900, 5_000)) if c < 0.97 else (
            self.chance.choice((20, 99, 5_001, 9_999, 10_000, 19_999, 20_001)))
        tick = self.board.now()
        self.board.edges += [((tick - 60 - held_ms) % (1 << 29), 1), ((tick - 60) % (1 << 29), 0)]
        self.doing = "press"
        self.local_at_press = self._local()
        self.board.until_ms = self.now()
        if 10_000 <= held_ms <= 20_000:
            self._count("stops by the button")
            self.doing = "stop"
            self.stop_by_button = True
            self.request = self._after_button
        elif 100 <= held_ms <= 5_000:
            self._count("presses")
            if self.judge.lock_exact > self.now():
                self._count("presses in lockout")
        self._maybe_torn()
        return halpipe.WAKE_BUTTON

    def _after_button(self):
        """In the turn of the press: therapy was stopped before the link has its turn."""
        if self.running and not self.pump.state.running:
            self.running = False
            self.check(self.judge.rests(self.now()))

    def clinician(self):
        """A clinician's bolus: mostly sound, sometimes sent again, out of order or out of range."""
        chance, plan = self.chance, self.plan
        strokes = chance.choice((20, 20, 21, 22, 25, 30, 40, 19, 10))
        dose_ng = plan.dose_ng(strokes)
        if chance.random() < 0.05:
            dose_ng = plan.dose_ng(5_500)  # more than a small reservoir holds
        longest = max([60] + [profile[3] for profile in plan.profiles])
        duration_s = chance.choice((longest, longest, longest + chance.randrange(900),
                                    longest - 1, 21_600, 21_601))
        if dose_ng > plan.dose_ng(100):
            duration_s = 21_600
        counter = self._next_counter()
        asked = "clinician", counter, plan.volume_nl(dose_ng), duration_s
        return self._ask("clinician", lambda: self._dose(
            asked, lambda: self.desk.bolus(counter, dose_ng, duration_s)))

    def prime(self):
        """A priming bolus."""
        judge = self.judge
        catheter_nl = judge.programme.catheter_nl
        left_nl = catheter_nl - judge.prime_commanded * self.stroke_pl // 1000
        volume_nl = self.chance.choice((2_000, 5_000, 7_000, 10_000, 100, 20_000, 123,
                                        max(100, left_nl), max(100, left_nl), catheter_nl + 1))
        counter = self._next_counter()
        asked = "prime", counter, volume_nl, -(-volume_nl * 3600 // 500_000)
        return self._ask("prime", lambda: self._dose(
            asked, lambda: self.desk.prime(counter, volume_nl)))

    def _next_counter(self):
        c = self.chance.random()
        if c < 0.85:
            return self.counter + 1
        if c < 0.97:
            self._count("dose commands sent again")
            return max(1, self.counter - self.chance.choice((0, 0, 1, 5)))
        return self.counter + 2

    def _dose(self, asked, request):
        """One dose command; its answer may be lost: then it is sent once more."""
        self.asked, self.told = asked, False
        kind, counter = asked[:2]
        try:
            request()
        except Refused as refusal:
            if self.told:
                return
            if refusal.code == codes.BAD_RANGE and refusal.field == 0:
                if counter == self.counter + 1:
                    self.found(f"{kind}: counter {counter} is refused")
                self._count(f"{kind}: counter out of turn")
                return
            self._commanded(refusal.code, refusal.code == codes.BAD_RANGE)
            return
        if not self.told:
            self.found(f"{kind}: granted, and not in the log")
        if self.chance.random() < 0.1:
            self._count("dose commands whose answer is lost")
            self.request = lambda: self._dose(asked, request)
            self.doing = kind
