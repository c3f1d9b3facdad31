"""`make prove PART=starvation`: cuts every 10 s, 7 min and 3.9 h; build/prove/starvation.json."""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hil.prove.starvation.life import Life, live

OUT = Path("build/prove/starvation.json")
PERIODS_S = (10, 7 * 60, 39 * 360)


def main() -> int:
    """Run the lives side by side; 0 if none overdoses and none starves in silence."""
    parser = argparse.ArgumentParser(prog="make prove PART=starvation", description=__doc__)
    parser.add_argument("--hours", type=float, default=48)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(live, period_s, options.hours, options.seed)
                for period_s in PERIODS_S]
        lives = [job.result() for job in jobs]
    violations = [f"every {life.period_s} s: {text}" for life in lives
                  for text in life.violations()]
    result = {
        "part": "starvation", "seed": options.seed, "hours": options.hours,
        "duration_s": round(time.monotonic() - began, 1),
        "cuts": sum(life.cuts for life in lives),
        "lives": [_row(life) for life in lives], "violations": violations, "ok": not violations,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    for life in lives:
        print(f"cut every {life.period_s:>6} s, {life.cuts} times: {life.share:6.1%} of the dose; "
              f"alarms: {', '.join(life.alarms) or 'none'}")
    for text in violations:
        print(f"VIOLATION {text}")
    print(f"{len(violations)} violations in {result['duration_s']} s; see {OUT}")
    return 0 if result["ok"] else 1


def _row(life: Life) -> dict[str, object]:
    return {"period_s": life.period_s, "cuts": life.cuts, "delivered_nl": round(life.delivered_nl),
            "ordered_nl": round(life.ordered_nl), "share": round(life.share, 4),
            "alarms": life.alarms}


if __name__ == "__main__":
    sys.exit(main())
