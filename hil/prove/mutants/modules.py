"""Which tests answer for which module: its own first of all, and what else is quick enough."""

from pathlib import Path

ROOT_OF_CORE = Path(__file__).resolve().parents[3] / "firmware" / "pump" / "core"


def _core(*names: str) -> list[str]:
    return [f"core/test_{name}.py" for name in names]


# The safety-critical ones first.
TESTS = {
    "guard": _core("guard", "bolus_requests", "clinician_bolus", "lockout", "prime_rule",
                   "take_over", "hostile"),
    "ledger": _core("ledger", "window_rule", "prime_rule", "lockout"),
    "window_rule": _core("window_rule", "bolus_requests", "prime_rule"),
    "bolus_rule": _core("bolus_requests", "clinician_bolus", "lockout"),
    "lockout": _core("lockout"),
    "limits": _core("limits", "bolus_requests", "guard"),
    "prime_rule": _core("prime_rule"),
    "envelope": _core("envelope", "window_rule"),
    "programme": _core("programme", "envelope", "prescription", "lockout", "limits", "starvation",
                       "reservoir"),
    "prescription": _core("prescription"),
    "units": _core("prescription", "envelope", "limits"),
    "schedule": _core("schedule", "flex"),
    "flex": _core("flex", "therapy"),
    "flow": _core("flow"),
    "bolus_flow": _core("bolus_flow", "clinician_bolus", "therapy"),
    "therapy": _core("therapy", "clinician_bolus", "bolus_flow"),
    "clock": _core("clock", "lockout"),
    "alarms": _core("alarms"),
    "safe_rate": _core("alarms"),
    "button": _core("button"),
    "conditions": _core("conditions"),
    "free_flow": _core("free_flow"),
    "infusion_check": _core("infusion_check"),
    "occlusion": _core("occlusion", "guard"),
    "pauses": _core("pauses"),
    "reservoir": _core("reservoir"),
    "starvation": _core("starvation"),
    "stroke_check": _core("stroke_check"),
    "unasked": _core("unasked"),
    "wear": _core("wear"),
}
