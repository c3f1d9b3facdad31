"""day.png: the day at a glance, by the balance and by the pump's own log."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from hil.demo.day import Day
from hil.demo.judge import Order, log_curve, presses

_RATE_MINUTES = 15
_INK, _LOG, _ALARM, _YES, _NO = "#1b4965", "#ca6702", "#9b2226", "#2d6a4f", "#9b2226"


def draw(path: Path, day: Day, log: list[dict[str, Any]], order: Order, began_s: float,
         began_wall_s: int) -> None:
    """Rate above, cumulative dose below; presses and alarms on both."""
    figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(11, 7.2))
    hours = [(w.at_s - began_s) / 3600 for w in day.weighings]
    _rate(top, day, hours, order)
    _dose(bottom, day, hours, log, order, began_wall_s)
    for axes in (top, bottom):
        _events(axes, log, began_wall_s)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    _presses(top, log, began_wall_s)
    bottom.set_xlabel("hours since therapy began")
    bottom.set_xlim(0, 24)
    bottom.set_xticks(range(0, 25, 2))
    top.set_title("A day on the virtual pump: morphine 10 mg/mL, basal 2.4 mg/day, bolus 0.1 mg",
                  loc="left", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _rate(axes: Any, day: Day, hours: list[float], order: Order) -> None:
    """Dose rate over quarter hours, by the balance."""
    step = _RATE_MINUTES
    rates: list[float] = []
    at: list[float] = []
    for i in range(step, len(day.weighings), step):
        span_h = (day.weighings[i].at_s - day.weighings[i - step].at_s) / 3600
        volume = day.weighings[i].balance_nl - day.weighings[i - step].balance_nl
        rates.append(volume * order.concentration_ng_per_nl / 1e3 / max(span_h, 1e-9))
        at.append(hours[i])
    axes.step(at, rates, where="pre", color=_INK, lw=1.4, label="by the balance, 15 min means")
    axes.set_ylabel("rate, ug/h")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1.0), frameon=False, fontsize=9)


def _dose(axes: Any, day: Day, hours: list[float], log: list[dict[str, Any]], order: Order,
          began_wall_s: int) -> None:
    to_mg = order.concentration_ng_per_nl / 1e6
    axes.plot(hours, [w.balance_nl * to_mg for w in day.weighings], color=_INK, lw=1.6,
              label="by the balance")
    curve = log_curve(log, order.stroke_pl)
    axes.plot([(wall - began_wall_s) / 3600 for wall, _ in curve], [v * to_mg for _, v in curve],
              color=_LOG, ls="none", marker="o", ms=3.5, label="by the pump's log")
    axes.axhline(order.limit_24h_ng / 1e6, color=_ALARM, ls="--", lw=1,
                 label="dose limit for 24 h")
    axes.set_ylabel("cumulative dose, mg")
    axes.set_ylim(0, order.limit_24h_ng / 1e6 * 1.1)
    axes.legend(loc="center left", frameon=False, fontsize=9)


def _presses(axes: Any, log: list[dict[str, Any]], began_wall_s: int) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.3)
    for record in presses(log):
        hour = (record["wall_s"] - began_wall_s) / 3600
        granted = record["result"] == "granted"
        axes.plot([hour], [high * 1.05], marker="v" if granted else "x", ms=8,
                  color=_YES if granted else _NO, mew=2)
        axes.annotate(record["result"].replace("_", " "), (hour, high * 1.09), rotation=30,
                      fontsize=8, ha="left", color=_YES if granted else _NO)


def _events(axes: Any, log: list[dict[str, Any]], began_wall_s: int) -> None:
    """Alarms as shaded spans, starts of the processor as lines."""
    begun: dict[str, float] = {}
    for record in log:
        hour = (record["wall_s"] - began_wall_s) / 3600
        if record["type"] == "alarm_begin":
            begun[record["code"]] = hour
        elif record["type"] == "alarm_end" and record["code"] in begun:
            start = begun.pop(record["code"])
            axes.axvspan(start, hour, color=_ALARM, alpha=0.10, lw=0)
            axes.annotate(record["code"].replace("_", " "), ((start + hour) / 2, 0.02), ha="center",
                          xycoords=("data", "axes fraction"), fontsize=8, color=_ALARM)
        elif record["type"] == "boot" and hour > 0:
            axes.axvline(hour, color="grey", ls=":", lw=1.2)
            axes.annotate("power back", (hour, 0.1), xycoords=("data", "axes fraction"),
                          fontsize=8, color="grey", rotation=90, va="bottom")
