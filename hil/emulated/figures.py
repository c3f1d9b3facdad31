"""The figures of a Pico that a bench quotes, from one meter; ms and percent, None = not seen."""

from hil.emulated.meter import ERASE, PLAIN, PROGRAM, Meter, worst


def figures(meter: Meter) -> dict[str, float | None]:
    """All of them; the ones about turns, steps and share count since `meter.begin()`.

    pico.boot_to_safe_ms      reset until the driver's enable line is driven off
    pico.boot_to_usb_ms       reset until the host has configured the device
    pico.boot_to_therapy_ms   reset until the loop has fed the watchdog once
    pico.turn_worst_ms        longest time awake between two sleeps, no erase in it
    pico.step_worst_ms        most time awake in one turn of the loop, no erase in it
    pico.erase_turn_ms        most time awake in one turn of the loop that erases
    pico.duty_percent         share of time awake
    """
    return {
        "pico.boot_to_safe_ms": meter.first_ms.get("safe"),
        "pico.boot_to_usb_ms": meter.first_ms.get("usb"),
        "pico.boot_to_therapy_ms": meter.first_ms.get("fed"),
        "pico.turn_worst_ms": worst(meter.turns, PLAIN, PROGRAM).busy_ms or None,
        "pico.step_worst_ms": worst(meter.steps, PLAIN, PROGRAM).busy_ms or None,
        "pico.erase_turn_ms": worst(meter.steps, ERASE).busy_ms or None,
        "pico.duty_percent": meter.busy_percent,
    }
