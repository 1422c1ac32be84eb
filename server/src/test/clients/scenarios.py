"""Runs the scenarios of a client against a server and says which hold.

    python CLIENT.py http://127.0.0.1:8080 [--recorded] [SCENARIO...]

With --recorded the address is record.py's, and each request says in its path whose it is.
"""

import sys
import traceback

MODEL = "jerboa-inside"
QUESTION = "What is 12 + 30?"
UNICODE = "كم حاصل 12 + 30؟ \U0001f42d “é”\n1\t2"


class Scenarios:
    """Scenarios in the order in which they are told."""

    def __init__(self, client):
        self.client = client
        self.all = {}

    def __call__(self, scenario):
        self.all[scenario.__name__.replace("_", "-")] = scenario
        return scenario

    def run(self, connect):
        """Runs them all, or those that are named; connect makes a client from an address."""
        words = [word for word in sys.argv[1:] if not word.startswith("--")]
        recorded = "--recorded" in sys.argv
        address, chosen = words[0].rstrip("/"), words[1:] or list(self.all)
        failed = 0
        for name in chosen:
            where = f"{address}/{self.client}/{name}" if recorded else address
            try:
                self.all[name](connect(where))
                print(f"ok {name}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED {name}", flush=True)
                traceback.print_exc()
        print(f"{self.client}: {len(chosen) - failed} of {len(chosen)} scenarios hold")
        sys.exit(1 if failed else 0)
