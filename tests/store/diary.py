"""A pump that writes its tally, and beside it the truth that a restart is judged by."""

import struct
from types import SimpleNamespace

from pump.core.ledger import QUARTER_S, Ledger
from pump.core.lockout import Lockout
from pump.store import pages
from pump.store.rebuild import rebuild
from pump.store.tally import Tally
from tests.store.nor_model import Nor
from thecal_wire.codes import CLINICIAN_BOLUS, PATIENT_BOLUS, PRIMING_BOLUS

CHARGE_PL = CALIBRATED_PL = 250_000
PG_PER_STROKE = 2_500_000
DAY_S = 86_400
LOCKOUT_S = {PATIENT_BOLUS: 600, CLINICIAN_BOLUS: 0, PRIMING_BOLUS: 0}
LONGEST_LOCKOUT_S = 900
MARK_KINDS = {PATIENT_BOLUS: pages.PATIENT_STROKE, PRIMING_BOLUS: pages.PRIMING_STROKE}


class Diary:
    """Drives a Tally as the app does: state, grants, marks before strokes, checkpoints.

    `truth` holds what surely happened; `tried` is what was under way when power went.
    """

    def __init__(self, region, start_s=0):
        self.region = region
        self.now_s = start_s
        self.truth = SimpleNamespace(
            total=0, strokes=[], primed=[], grants=[], until_s=0, reached_s=0, bolus_id=0,
            counter=0, refilled_nl=0, run=[0, 0], clinician=[0, 0])  # of a run: id, strokes
        self.tried = None
        self.boots = 0
        self._fresh()
        self.ledger.advance(start_s)

    def _fresh(self):
        self.tally = Tally(self.region)
        self.ledger, self.lockout = Ledger(), Lockout()
        self.runs = None  # the kind of patient or priming bolus that runs
        self.clinician_on = False  # it runs or is paused
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

    def kind(self):
        """What kind of stroke would be made now."""
        if self.runs is None and self.clinician_on:
            return pages.CLINICIAN_STROKE
        return MARK_KINDS.get(self.runs, pages.BASAL_STROKE)

    def stroke(self):
        """Make a mark, in a new page if the open one takes none; then the stroke counts."""
        kind = self.kind()
        if not self.tally.takes_marks(kind):
            self._try("page")
            self.tally.open_marks(self.now_s, 0, CHARGE_PL, CALIBRATED_PL, PG_PER_STROKE, kind)
            self._page()
        self._try("stroke", kind)
        total = self.tally.mark(self.now_s)
        assert total == self.truth.total + 1
        if kind == pages.PRIMING_STROKE:
            self.ledger.add_primed(self.now_s)
        else:
            self.ledger.add(kind != pages.BASAL_STROKE)
        self.last_stroke_s = self.now_s
        made(self.truth, kind, self.now_s)
        self.truth.reached_s = max(self.truth.reached_s, self.now_s - 3)  # marks tell 4 s apart
        self.tried = None

    def grant(self, kind=PATIENT_BOLUS):
        state, tally = self.tally.state, self.tally
        counter = 0 if kind == PATIENT_BOLUS else self.truth.counter + 1
        state.bolus_id += 1
        if kind == CLINICIAN_BOLUS:
            state.in_clinician = self.clinician_on = True
        else:
            state.in_bolus, state.priming, self.runs = True, kind == PRIMING_BOLUS, kind
        self._try("grant", kind)
        what = (10_000 + state.bolus_id, 300 + state.bolus_id)
        tally.write_state(pages.GRANT, self.now_s, 0, struct.pack(
            pages.GRANT_BODY, kind, counter, state.bolus_id, *what, 77, LOCKOUT_S[kind]))
        tally.counter = max(tally.counter, counter)
        run = tally.clinician if kind == CLINICIAN_BOLUS else tally.bolus
        run.granted(state.bolus_id, 77, *what, LOCKOUT_S[kind])
        if kind == PATIENT_BOLUS:
            self.ledger.add_grant(self.now_s)
        granted(self.truth, kind, self.now_s)
        self._page()

    def end_bolus(self, kind=None):
        """End the patient or priming bolus, or the clinician's."""
        kind = self.runs if kind is None else kind
        if kind == CLINICIAN_BOLUS:
            self.tally.state.in_clinician = self.clinician_on = False
        else:
            self.tally.state.in_bolus = self.tally.state.priming = False
            self.runs = None
        if kind == PATIENT_BOLUS:
            self.lockout.restart(self.now_s, LOCKOUT_S[kind])
        self._try("end", kind)
        self.tally.write_state(pages.BOLUS_END, self.now_s, 0, struct.pack(
            pages.END_BODY, kind, 0, 0, LOCKOUT_S[kind]))
        if LOCKOUT_S[kind]:
            self.truth.until_s = max(self.truth.until_s, self.now_s + LOCKOUT_S[kind])
        self._page()

    def refill(self):
        self._try("refill")
        nl = 15_000_000 + self.now_s
        self.tally.write_state(pages.REFILL, self.now_s, 0, struct.pack(pages.REFILL_BODY, nl))
        self.tally.refilled_nl, self.tally.refill_total = nl, self.tally.total
        self.ledger.refilled(self.now_s)
        self.truth.primed, self.truth.refilled_nl = [], nl
        self._page()

    def erase_ahead(self):
        if self.tally.wants_erase():
            self._try("erase")
            self.tally.erase_ahead()
            assert not self.tally.wants_erase()
            self.tried = None

    def act(self, what):
        """One step of a script: a number of seconds, or the name of an act that makes sense now."""
        if self.tally.wants_checkpoint():
            self.checkpoint()
        if isinstance(what, int):
            self.wait(what)
        elif what == "bolus":
            self.end_bolus() if self.runs is not None else self.grant()
        elif what == "clinician":
            if self.clinician_on:
                self.end_bolus(CLINICIAN_BOLUS)
            elif self.runs is None:
                self.grant(CLINICIAN_BOLUS)
        elif what == "prime":
            if self.runs is None and not self.clinician_on:
                self.grant(PRIMING_BOLUS)
        elif what == "refill":
            if self.runs is None:
                self.refill()
        else:
            getattr(self, what)()

    # --- what happened ------------------------------------------------------------

    def _try(self, what, kind=0):
        self.tried = (what, self.now_s, kind)

    def _page(self):
        self.truth.reached_s = self.now_s
        self.tried = None

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
        self.lockout.restart(self.now_s, LONGEST_LOCKOUT_S)
        self.tally.state.in_bolus = self.tally.state.priming = False
        self.tally.state.in_clinician = False
        self._try("restart")
        self.tally.write_state(pages.BOOT, self.now_s, 0)
        self.checkpoint("restart")
        self.truth.grants = list(self.ledger.grants[: self.ledger.grant_count])
        self.truth.until_s = self.lockout.until_s

    def _take_over(self, past):
        """What was under way turned out to be in flash or not: from now on that is the truth."""
        what, at_s, kind = self.tried or ("", 0, 0)
        if what == "stroke" and past.total > self.truth.total:
            made(self.truth, kind, at_s)
        if what == "grant" and past.state.bolus_id > self.truth.bolus_id:
            granted(self.truth, kind, at_s)
        if what == "refill" and past.refilled_nl != self.truth.refilled_nl:
            self.truth.primed, self.truth.refilled_nl = [], past.refilled_nl


def made(truth, kind, at_s):
    """A stroke of this kind was made."""
    truth.total += 1
    if kind == pages.PRIMING_STROKE:
        truth.primed.append(at_s)
    else:
        truth.strokes.append(at_s)
    if kind == pages.CLINICIAN_STROKE:
        truth.clinician[1] += 1
    elif kind != pages.BASAL_STROKE:
        truth.run[1] += 1


def granted(truth, kind, at_s):
    """A bolus of this kind was granted."""
    truth.bolus_id += 1
    if kind == PATIENT_BOLUS:
        truth.grants.append(at_s)
    else:
        truth.counter += 1
    run = truth.clinician if kind == CLINICIAN_BOLUS else truth.run
    run[:] = [truth.bolus_id, 0]


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
    what, at_s, kind = tried or ("", 0, 0)
    one_more = int(what == "stroke")
    assert truth.total <= past.total <= truth.total + one_more
    if not past.found:
        assert not truth.total and not truth.bolus_id and truth.reached_s == 0
        return
    assert truth.reached_s <= past.now_s <= cut_s
    priming = what == "stroke" and kind == pages.PRIMING_STROKE
    check_windows(ledger, truth.strokes, past.now_s, int(one_more and not priming))
    check_primed(ledger, truth, past.now_s, priming, what)
    ledger.advance(past.now_s)
    check_grants(list(ledger.grants[: ledger.grant_count]), truth.grants, past.now_s, what, at_s,
                 kind)
    check_runs(past, truth, what, kind)
    assert lockout.until_s >= truth.until_s
    if what not in ("end", "restart"):
        assert lockout.until_s <= truth.until_s + 1


def check_runs(past, truth, what, kind):
    """The boluses and the command counter: none repeated, none forgotten."""
    new = past.state.bolus_id - truth.bolus_id
    assert new in ((0, 1) if what == "grant" else (0,))
    assert past.counter == truth.counter + (1 if new and kind != PATIENT_BOLUS else 0)
    for run, true, is_it in ((past.bolus, truth.run, kind != CLINICIAN_BOLUS),
                             (past.clinician, truth.clinician, kind == CLINICIAN_BOLUS)):
        if new and is_it:
            assert (run.id, run.strokes) == (truth.bolus_id + 1, 0)
            continue
        assert run.id == true[0]
        assert true[1] <= run.strokes <= true[1] + (what == "stroke")
        if run.id:
            assert (run.nl, run.s, run.seq) == (10_000 + run.id, 300 + run.id, 77)
            assert run.lockout_s in LOCKOUT_S.values()


def check_primed(ledger, truth, now_s, priming, what):
    """Priming strokes since the refill, and against a bolus those of the last day."""
    primed = len(truth.primed)
    if what == "refill":
        assert ledger.primed in (0, primed)
        return
    assert primed <= ledger.primed <= primed + priming
    recent = sum(now_s - DAY_S < at_s for at_s in truth.primed)
    assert ledger.primed_in(now_s, DAY_S) >= recent


def check_grants(counted, granted, now_s, what, at_s, kind):
    """Each bolus of the last day counts, from its second or the end of it."""
    surely = [grant_s for grant_s in granted if now_s - grant_s < DAY_S][-24:]
    possible = [surely]
    if what == "grant" and kind == PATIENT_BOLUS:
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
