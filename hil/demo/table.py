"""What a clinician reads in the terminal: the day, line by line, then the balance."""

from typing import Any

from rich.console import Console
from rich.table import Table

_MG = 1e-6  # of a ng


def show(console: Console, log: list[dict[str, Any]], summary: dict[str, Any],
         concentration_ng_per_nl: float, began_wall_s: int) -> None:
    """Print the events table and the dose table."""
    console.print(_events(log, began_wall_s, concentration_ng_per_nl))
    console.print(_doses(summary, concentration_ng_per_nl))


def _events(log: list[dict[str, Any]], began_wall_s: int, ng_per_nl: float) -> Table:
    table = Table(title="The day, from the pump's log", title_justify="left", expand=False)
    table.add_column("time", justify="right")
    table.add_column("what")
    table.add_column("more")
    for record in log:
        row = _row(record, ng_per_nl)
        if row is not None and record["wall_s"] >= began_wall_s:
            minutes = (record["wall_s"] - began_wall_s) // 60
            table.add_row(f"{minutes // 60:02d}:{minutes % 60:02d}", *row)
    return table


def _row(r: dict[str, Any], ng_per_nl: float) -> tuple[str, str] | None:
    def mg(volume_nl: float) -> str:
        return f"{volume_nl * ng_per_nl * _MG:.3f} mg"

    kind = r["type"]
    if kind == "press":
        if r["result"] == "granted":
            return "[green]bolus granted[/]", ""
        left = f"{r['lockout_left_s'] // 60} min left" if r["result"] == "lockout" else ""
        return f"[red]bolus refused: {r['result'].replace('_', ' ')}[/]", left
    if kind == "bolus_end":
        return f"bolus ended: {r['reason'].replace('_', ' ')}", f"{mg(r['delivered_nl'])} given"
    if kind == "alarm_begin":
        return f"[bold red]alarm: {r['code'].replace('_', ' ')}[/]", f"{r['priority']} priority"
    if kind == "alarm_end":
        return f"alarm over: {r['code'].replace('_', ' ')}", f"after {r['lasted_s'] // 60} min"
    if kind == "not_delivered":
        return "not delivered", f"{mg(r['volume_nl'])}, {r['reason'].replace('_', ' ')}"
    if kind == "boot":
        return f"pump started: {r['cause'].replace('_', ' ')}", f"{r['tally_strokes']} strokes"
    return None


def _doses(summary: dict[str, Any], ng_per_nl: float) -> Table:
    table = Table(title="Where the drug went", title_justify="left", expand=False)
    table.add_column("volume")
    table.add_column("uL", justify="right")
    table.add_column("mg", justify="right")
    rows = (
        ("ordered", "ordered_nl"),
        ("not delivered (reported by the pump)", "not_delivered_nl"),
        ("displaced by the rotor", "displaced_nl"),
        ("delivered, by the balance", "delivered_balance_nl"),
        ("delivered, by the pump's log", "delivered_log_nl"),
        ("stored in the line", "stored_in_line_nl"),
        ("slipped back", "slipped_nl"),
    )
    for name, key in rows:
        volume = summary[key]
        table.add_row(name, f"{volume / 1000:.3f}", f"{volume * ng_per_nl * _MG:.4f}")
    table.add_section()
    table.add_row("most in any 24 h, by the balance", "",
                  f"{summary['max_any_24h_dose_ng'] * _MG:.4f}")
    table.add_row("limit for 24 h", "", f"{summary['limit_24h_ng'] * _MG:.4f}")
    return table
