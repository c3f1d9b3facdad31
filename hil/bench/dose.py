"""What arrives, by the balance: continuous and other therapy, and a sensor that lies.

A calibrated pump whose tube wears, warm by two degrees, against a back pressure
of 1 kPa. Each figure is one pump's life on the virtual rig.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from hil.bench.figures import Figure
from hil.plant import PlantSettings
from hil.rigs import factory, prescribed
from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes, prescription

DAY_S = 86_400
HOUR_S = 3_600
NL_PER_H_PER_ML_PER_DAY = 1_000_000 / 24
RATES_ML_PER_DAY = (0.048, 0.5, 5.0, 24.0)
STROKE_NL = 290
TOLERANCE = 0.02
SENSOR = 0.05  # the flow sensor's accuracy of reading, by its data sheet
GAINS_PERMILLE = (700, 850, 1_150, 1_300)
GAIN_DAYS = 8
SEED = 11


class Life(NamedTuple):
    """What came of a life: (s, nL) by the balance from its start on, and the alarms raised."""

    series: list[tuple[float, float]]
    alarms: set[str]

    @property
    def delivered_nl(self) -> float:
        """All of it."""
        return self.series[-1][1]


def figures() -> Iterator[Figure]:
    """Means, worst windows, other therapies, and wrong gains."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        steady = {rate: pool.submit(_continuous, rate, DAY_S, 1_000) for rate in RATES_ML_PER_DAY}
        others = {name: pool.submit(_other, name) for name in _OTHERS}
        wrong = {gain: pool.submit(_continuous, 0.5, GAIN_DAYS * DAY_S, gain)
                 for gain in GAINS_PERMILLE}
        open_loop = pool.submit(_continuous, 0.5, GAIN_DAYS * DAY_S, 1_000, False)
        for rate, job in steady.items():
            yield from _steady_figures(rate, job.result())
        for name, job in others.items():
            yield _other_figure(name, job.result())
        for gain, job in wrong.items():
            yield from _gain_figures(gain, job.result(), open_loop.result().delivered_nl)


def _steady_figures(rate: float, life: Life) -> Iterator[Figure]:
    nl_per_h = rate * NL_PER_H_PER_ML_PER_DAY
    hours = life.series[-1][0] / HOUR_S  # a day, or as long as 20 mL last
    yield _error(f"dose.mean_{rate:g}_ml_per_day", f"{hours:.0f} h at {rate:g} mL/day", life,
                 nl_per_h * hours)
    yield Figure(f"dose.window_{rate:g}_ml_per_day",
                 "worst window's error against 1.1 x quantisation bound + sensor error",
                 _worst_window(life, nl_per_h), "of bound", 1.0)


def _other_figure(name: str, life: Life) -> Figure:
    return _error(f"dose.{name}", f"a day of {name}", life, _OTHERS[name][1])


def _gain_figures(gain: int, life: Life, open_loop_nl: float) -> Iterator[Figure]:
    told = bool({"wear_bound", "over_infusion", "under_infusion"} & life.alarms)
    bound_nl = open_loop_nl * 1.05 + STROKE_NL
    yield Figure(f"dose.gain_{gain}", f"{GAIN_DAYS} days, sensor gain {gain / 10:g} %: balance "
                 "against open loop x 1.05 + one stroke", life.delivered_nl / bound_nl,
                 "of bound", 1.0)
    yield Figure(f"dose.gain_{gain}_alarm", f"alarm raised ({', '.join(sorted(life.alarms))})",
                 float(told), "", 1.0, False)


def _error(name: str, what: str, life: Life, ordered_nl: float) -> Figure:
    allowed_nl = TOLERANCE * ordered_nl + STROKE_NL
    error_nl = life.delivered_nl - ordered_nl
    return Figure(name, f"{what}: {100 * error_nl / ordered_nl:+.2f} %, error against "
                  "2 % + one stroke", abs(error_nl) / allowed_nl, "of bound", 1.0)


def _worst_window(life: Life, nl_per_h: float) -> float:
    """The largest error of any window of whole samples, as a part of what is allowed."""
    worst = 0.0
    series = [point for point in life.series if point[0] > HOUR_S]
    for begin in range(0, len(series), max(1, len(series) // 300)):
        for end in range(begin + 1, len(series), max(1, len(series) // 300)):
            span_s = series[end][0] - series[begin][0]
            ordered_nl = nl_per_h * span_s / HOUR_S
            error_nl = series[end][1] - series[begin][1] - ordered_nl
            worst = max(worst, abs(error_nl) / (1.1 * STROKE_NL + SENSOR * ordered_nl))
    return worst


def _continuous(rate: float, span_s: int, gain: int, closed_loop: bool = True) -> Life:
    ng_per_day = round(rate * 1_000_000)
    record = prescribed.record([(prescription.EVERY_DAY, 0, ng_per_day)],
                               limit_24h_ng=round(ng_per_day * 1.3) + 50_000)
    return _live(record, span_s, gain, closed_loop)


def _other(name: str) -> Life:
    record, _ordered_nl, order = _OTHERS[name]
    return _live(record, DAY_S, 1_000, True, order)


def _live(record: bytes, span_s: int, gain: int, closed_loop: bool = True,
          order: str = "start") -> Life:
    settings = PlantSettings(seed=SEED, reservoir_nl=20_000_000, balance_interval_s=900)
    with VirtualRig(settings) as rig:
        rig.power_on()
        factory.prepare(rig, fill_nl=20_000_000, closed_loop=closed_loop)
        rig.temperature(39_000)
        rig.do(lambda: rig.plant.sensor_gain(gain / 1_000))
        alarms: set[str] = set()
        with Link(rig.port) as link:
            client = PumpClient(link, timeout_s=30)
            client.prescribe(record)
            client.start(minimum_rate=order == "minimum")
            began = rig.weigh()
            if order == "clinician":
                client.bolus(100_000, 4 * HOUR_S)
            for _hour in range(span_s // HOUR_S):
                rig.advance(HOUR_S)
                if order == "patient":
                    rig.press()
                alarms |= _alarms(client.status().alarms)
                if rig.do(lambda: rig.plant.reservoir.contents_nl) < 2_000_000:
                    break
        series = [(at_ms / 1000 - began.at_s, nl - began.volume_nl)
                  for at_ms, nl in rig.plant.balance.series if at_ms / 1000 >= began.at_s]
        ended = rig.weigh()
        series.append((ended.at_s - began.at_s, ended.volume_nl - began.volume_nl))
    return Life(series, alarms)


def _alarms(mask: int) -> set[str]:
    return {codes.alarm_name(code) for code in codes.ALARMS if mask >> code & 1}


_DAY = prescription.EVERY_DAY
_OTHERS: dict[str, tuple[bytes, float, str]] = {
    # Steps of 6 h: 240, 480, 720, 960 uL a day.
    "flex": (prescribed.record([(_DAY, 24 * i, 240_000 * (i + 1)) for i in range(4)]),
             600_000, "start"),
    # Six boluses of 20 uL, the first after 4 h: five have been given whole within the day.
    "periodic": (prescribed.steady(10_000, periodic_ng=20_000, periodic_duration_s=1_800,
                                   periodic_interval_s=4 * HOUR_S),
                 240_000 + 5 * 20_000, "start"),
    "patient_bolus": (prescribed.steady(10_000, [(0, 20_000, 600, 2 * HOUR_S, 6)]),
                      240_000 + 6 * 20_000, "patient"),
    "clinician_bolus": (prescribed.steady(10_000), 240_000 + 100_000, "clinician"),
    "minimum_rate": (prescribed.steady(20_000, minimum_ng_per_day=120_000), 120_000,
                     "minimum"),
}
