"""A pump that writes its tally, and beside it the truth that a restart is judged by."""

from types import SimpleNamespace

from pump.core.ledger import QUARTER_S, Ledger
from pump.core.lockout import Lockout
from pump.store import pages
from pump.store.rebuild import rebuild
from pump.store.tally import Tally
from tests.store.nor_model import Nor

CHARGE_PL, PG_PER_STROKE = 250_000, 2_500_000
DAY_S = 86_400


class Diary:
    """Drives a Tally as the app does: state, grants, marks before strokes, checkpoints.

    `truth` holds what surely happened; `tried` is what was under way when power went.
    """

    def __init__(self, region, start_s=0):
        self.region = region
        self.now_s = start_s
        self.truth = SimpleNamespace(strokes=[], grants=[], ends=[], reached_s=0, bolus_id=0)
        self.tried = None
        self.boots = 0
        self._fresh()
        self.ledger.advance(start_s)

    def _fresh(self):
        self.tally = Tally(self.region)
        self.ledger, self.lockout = Ledger(), Lockout()
        self.in_bolus = 0
        self.last_stroke_s = 0
        self.checkpoint_quarter = -1

    # --- what the pump does -------------------------------------------------------

    def wait(self, span_s):
        """Let time pass; a new quarter hour begins with a checkpoint."""
        self.now_s += span_s
        self.ledger.advance(self.now_s)
        if self.ledger.newest != self.checkpoint_quarter:
            self.checkpoint()

    def checkpoint(self, why="checkpoint"):
        self._try(why)
        self.tally.checkpoint(self.ledger, self.lockout, self.last_stroke_s, self.now_s, 0)
        self.checkpoint_quarter = self.ledger.newest
        self._page()

    def stroke(self):
        """Make a mark, in a new page if the open one takes none; then the stroke counts."""
        if not self.tally.takes_marks(self.in_bolus):
            self._try("page")
            self.tally.open_marks(self.now_s, 0, CHARGE_PL, PG_PER_STROKE, self.in_bolus)
            self._page()
        self._try("stroke")
        total = self.tally.mark(self.now_s)
        assert total == len(self.truth.strokes) + 1
        self.ledger.add(bool(self.in_bolus))
        self.last_stroke_s = self.now_s
        self._made()

    def grant(self):
        self.tally.state.bolus_id += 1
        self.tally.state.in_bolus = True
        self.tally.bolus_total = self.tally.total
        self._try("grant")
        self.tally.write_state(pages.GRANT, self.now_s, 0, b"\0" * pages.BODY_BYTES[pages.GRANT])
        self.ledger.add_grant(self.now_s)
        self.in_bolus = 1
        self._granted()

    def end_bolus(self):
        self.tally.state.in_bolus = False
        self.lockout.restart(self.now_s)
        self._try("end")
        self.tally.write_state(pages.BOLUS_END, self.now_s, 0,
                               b"\0" * pages.BODY_BYTES[pages.BOLUS_END])
        self.in_bolus = 0
        self._ended()

    def erase_ahead(self):
        if self.tally.wants_erase():
            self._try("erase")
            self.tally.erase_ahead()
            assert not self.tally.wants_erase()
            self.tried = None

    def act(self, what):
        """One step of a script: a number of seconds, or the name of an act that makes sense now."""
        if isinstance(what, int):
            self.wait(what)
        elif what == "bolus":
            self.end_bolus() if self.in_bolus else self.grant()
        else:
            getattr(self, what)()

    # --- what happened ------------------------------------------------------------

    def _try(self, what):
        self.tried = (what, self.now_s)

    def _page(self):
        self.truth.reached_s = self.now_s
        self.tried = None

    def _made(self):
        self.truth.strokes.append(self.now_s)
        self.truth.reached_s = max(self.truth.reached_s, self.now_s - 3)  # marks tell 4 s apart
        self.tried = None

    def _granted(self):
        self.truth.grants.append(self.now_s)
        self.truth.bolus_id += 1
        self._page()

    def _ended(self):
        self.truth.ends.append(self.now_s)
        self._page()

    # --- a restart ----------------------------------------------------------------

    def restart(self):
        """Start anew from flash, check it against the truth, and go on as recovery does."""
        self._fresh()
        past = rebuild(self.tally, self.ledger, self.lockout)
        check(past, self.ledger, self.lockout, self.truth, self.tried, self.now_s)
        self._take_over(past)
        if past.found:
            self.tally.resume_at(past)
        self.now_s = past.now_s
        self.last_stroke_s = past.last_stroke_s
        self.boots += 1
        self.tally.state.boot += 1
        self.ledger.advance(self.now_s)
        self.ledger.restamp(self.now_s, 3_600)
        self.lockout.restart(self.now_s)
        self.tally.state.in_bolus = False
        self._try("restart")
        self.tally.write_state(pages.BOOT, self.now_s, 0)
        self.checkpoint("restart")
        self.truth.grants = list(self.ledger.grants[: self.ledger.grant_count])

    def _take_over(self, past):
        """What was under way turned out to be in flash or not: from now on that is the truth."""
        what, at_s = self.tried or ("", 0)
        if what == "stroke" and past.total > len(self.truth.strokes):
            self.truth.strokes.append(at_s)
        if what == "grant" and past.state.bolus_id > self.truth.bolus_id:
            self.truth.bolus_id += 1
            self.truth.grants.append(at_s)


def new(blocks=4, **kinds):
    flash = Nor(blocks)
    return flash, Diary(flash.region(), **kinds)


def found(flash):
    """What a restart finds: (Past, Ledger, Lockout)."""
    ledger, lockout = Ledger(), Lockout()
    return rebuild(Tally(flash.region()), ledger, lockout), ledger, lockout


def written(flash):
    """Numbers of the pages that are not blank."""
    return [at // 256 for at in range(0, len(flash.image), 256)
            if flash.image[at : at + 256] != b"\xff" * 256]


def check(past, ledger, lockout, truth, tried, cut_s):
    """Everything that a rebuild promises, against the truth at the cut."""
    what, at_s = tried or ("", 0)
    strokes, one_more = truth.strokes, int(what == "stroke")
    assert len(strokes) <= past.total <= len(strokes) + one_more
    if not past.found:
        assert not strokes and not truth.grants and truth.reached_s == 0
        return
    assert truth.reached_s <= past.now_s <= cut_s
    check_windows(ledger, strokes, past.now_s, one_more)
    ledger.advance(past.now_s)
    check_grants(list(ledger.grants[: ledger.grant_count]), truth.grants, past.now_s, what, at_s)
    maybe = [at_s] if what == "grant" else []
    assert truth.bolus_id <= past.state.bolus_id <= truth.bolus_id + len(maybe)
    if truth.ends:
        assert lockout.begun and lockout.from_s >= truth.ends[-1]


def check_grants(counted, granted, now_s, what, at_s):
    """Each bolus of the last day counts, from its second or the end of it."""
    surely = [grant_s for grant_s in granted if now_s - grant_s < DAY_S][-24:]
    possible = [surely]
    if what == "grant":
        possible.append([*surely, at_s][-24:])
    if what == "restart":  # one that was itself cut has stamped them anew, or not yet
        possible.append([at_s] * len(surely))
    counted = [grant_s for grant_s in counted if now_s - grant_s < DAY_S]
    assert any(same_to_a_second(counted, those) for those in possible)


def same_to_a_second(counted, granted):
    """A grant counts from its second or, read back from its page, from the end of it."""
    return len(counted) == len(granted) and all(
        counted_s - granted_s in (0, 1)
        for counted_s, granted_s in zip(counted, granted, strict=True))


def check_windows(ledger, strokes, now_s, one_more=0):
    """No window that ends now or later holds less than the truth, nor more than its ceiling."""
    for window_s in (3_600, 12_345, DAY_S):
        for later_s in (0, 1, 899, 900, 3_599, 3_600, window_s):
            t = now_s + later_s
            counted = ledger.in_window(t, window_s)
            # Strokes of before the cut may bear a later time than pump time has now: they count.
            assert counted >= sum(t - window_s < stroke_s for stroke_s in strokes)
            ceiling = sum(t - window_s - QUARTER_S < stroke_s for stroke_s in strokes)
            assert counted <= ceiling + one_more
