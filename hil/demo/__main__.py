"""Runs the demo: real firmware, simulated pump, real commands, one day."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from hil.demo import judge, picture, table
from hil.demo.day import DAY_S, live
from hil.demo.judge import Order
from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.firmware_process import NoMicroPython
from hil.rigs.recording import replay
from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.prescribing.file import read_prescription

PRESCRIPTION = Path("docs/examples/morphine.toml")
OUT = Path("build/demo")
SEED = 7


def main() -> int:
    """Run the demo; returns the exit code."""
    console = Console()
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        return _run(console)
    except NoMicroPython as error:
        print(f"thecal: {error}", file=sys.stderr)
        return 3


def _run(console: Console) -> int:
    recording = OUT / "flight.bin"
    with VirtualRig(PlantSettings(seed=SEED), recording=recording) as rig:
        rig.hardware.wall_offset_s = int(time.time()) - DAY_S  # the day ends now
        rig.power_on()
        factory.prepare(rig)
        started = time.monotonic()
        console.print(f"[bold]A virtual pump on {rig.port}[/], calibrated and filled. "
                      "Its clinician types:")
        _thecal(console, "prescribe", str(PRESCRIPTION), "-p", rig.port, "--yes")
        _thecal(console, "start", "-p", rig.port)
        began_s, began_wall_s = rig.now_s, rig.hardware.wall_s()
        console.print("\n[bold]A day passes:[/]")
        day = live(rig, lambda hour, what: console.print(f"  {hour:5.2f} h  {what}"))
        _thecal(console, "status", "-p", rig.port)
        _thecal(console, "log", "read", "-p", rig.port, "-o", str(OUT / "log.jsonl"))
        wall_s = time.monotonic() - started
        order = _order(factory.calibrated_stroke_pl(rig))
        log = [json.loads(line) for line in (OUT / "log.jsonl").read_text().splitlines()]
        summary = _summary(rig, day, log, order, began_s, began_wall_s, wall_s)
    console.print("\nThe flight recording is replayed: ", end="")
    summary["replayed_messages"] = replay(recording)
    console.print(f"{summary['replayed_messages']} messages, byte-equal.\n")
    (OUT / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    picture.draw(OUT / "day.png", day, log, order, began_s, began_wall_s)
    table.show(console, log, summary, order.concentration_ng_per_nl, began_wall_s)
    console.print(f"{summary['simulated_s'] / 3600:.0f} h in {wall_s:.1f} s "
                  f"({summary['speed']:.0f} times real time), on {summary['micropython']}. "
                  f"See {OUT}/day.png, log.jsonl, summary.json.")
    return 0


def _thecal(console: Console, *arguments: str) -> None:
    """Run a host command as a person would; the demo fails if it does."""
    console.print(f"\n[bold]$ thecal {' '.join(arguments)}[/]")
    subprocess.run([str(Path(sys.executable).with_name("thecal")), *arguments], check=True)


def _order(stroke_pl: int) -> Order:
    """The prescription file, read for the judge."""
    prescription = read_prescription(PRESCRIPTION)
    assert prescription.is_continuous and prescription.has_one_profile
    basal_ng_per_day = prescription.steps[0].basal_ng_per_day
    profile = prescription.profiles[0]
    concentration = prescription.concentration_ug_per_ml / 1000  # ng/nL
    return Order(
        basal_nl_per_day=round(basal_ng_per_day / concentration),
        bolus_nl=round(profile.bolus_ng / concentration),
        concentration_ng_per_nl=concentration,
        limit_24h_ng=prescription.limit_24h_ng,
        stroke_pl=stroke_pl,
    )


def _summary(rig: VirtualRig, day: Any, log: list[dict[str, Any]], order: Order, began_s: float,
             began_wall_s: int, wall_s: float) -> dict[str, Any]:
    totals = rig.plant.snapshot()
    granted = sum(1 for press in judge.presses(log) if press["result"] == "granted")
    simulated_s = rig.now_s - began_s
    with Link(rig.port) as link:
        hello, status = PumpClient(link).hello(), PumpClient(link).status()
    seqs = [record["seq"] for record in log]
    return {
        "simulated_s": simulated_s,
        "wall_s": round(wall_s, 2),
        "speed": round(simulated_s / wall_s),
        "largest_guard_gap_s": totals["largest_gap_ms"] / 1000,
        "ordered_nl": judge.ordered_nl(order, granted, DAY_S),
        "not_delivered_nl": judge.not_delivered_nl(log),
        "displaced_nl": totals["displaced_nl"],
        "delivered_balance_nl": totals["balance_nl"],
        "delivered_log_nl": judge.delivered_by_log_nl(log, order.stroke_pl),
        "stored_in_line_nl": totals["stored_nl"],
        "slipped_nl": totals["slipped_nl"],
        "stroke_nl": order.stroke_pl / 1000,
        "sensor_gain_error": rig.plant.flow_sensor.gain_error,
        "tally_strokes": status.tally_strokes,
        "presses": len(day.pressed_at_s),
        "granted": granted,
        "refused": judge.refused(log),
        "alarms": judge.alarms(log, began_wall_s),
        "power_cuts": rig.engine.power_cuts,
        "log_records": len(log),
        "log_gaps": sum(after - before - 1 for before, after in zip(seqs, seqs[1:], strict=False)),
        "micropython": hello.runtime,
        "messages": rig.engine.messages,
        "max_any_24h_dose_ng": judge.largest_dose_ng(day.weighings, order),
        "limit_24h_ng": order.limit_24h_ng,
    }


if __name__ == "__main__":
    sys.exit(main())
