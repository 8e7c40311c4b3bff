"""The helper against the vectors of the format: `python -m unittest`."""

import json
import unittest
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outbox import Job, derive_id, due_key, outbox_items

VECTORS = json.loads((Path(__file__).parents[3] / "docs/item-format.vectors.json").read_text("utf-8"))


def job(input: dict[str, Any]) -> Job:
    run_at = input.pop("runAt", None)
    return Job(**input, run_at=run_at and datetime.fromisoformat(run_at))


class Outbox(unittest.TestCase):
    def test_ids_follow_from_their_parts(self) -> None:
        for vector in VECTORS["derivedIds"]:
            self.assertEqual(derive_id(*vector["parts"]), vector["id"])

    def test_ids_have_their_bucket(self) -> None:
        for vector in VECTORS["due"]:
            self.assertEqual(due_key(vector["id"]), vector["due"])

    def test_items_are_those_of_the_library(self) -> None:
        self.assertGreater(len(VECTORS["transactions"]), 5)
        for vector in VECTORS["transactions"]:
            with self.subTest(vector["name"]):
                jobs = [job(input) for input in vector["jobs"]]
                now = datetime.fromisoformat(vector["now"])
                about = {name: vector[name] for name in ("record", "traceparent") if name in vector}
                self.assertEqual(outbox_items(jobs, vector["id"], now, **about), vector["items"])

    def test_what_javascript_cannot_keep_is_refused(self) -> None:
        for payload in ({"number": float("nan")}, {"number": 2**53}):
            with self.assertRaises(ValueError):
                outbox_items([Job("a", payload)], "id", datetime.now(UTC))

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "has no time zone"):
            outbox_items([Job("a", {})], "id", datetime(2026, 1, 1))


if __name__ == "__main__":
    unittest.main()
