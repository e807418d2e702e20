#!/usr/bin/env python3
"""The list of failpoints is complete, and programs for users hold none of them.

Run by ctest; WINNOW_BIN names the folder of built programs, WINNOW_HAS_FAILPOINTS says whether they are of preset chaos.
"""

import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ["WINNOW_BIN"])
HAS_FAILPOINTS = os.environ["WINNOW_HAS_FAILPOINTS"] == "1"
PROGRAMS = ["winnowd", "winnow-worker", "winnow", "winnow-stage"]
# Besides the names themselves: what only the machinery would hold.
MACHINERY = [b"WINNOW_FAILPOINTS", b"WINNOW_CALL_RECORDS"]


def in_sources():
    names = set()
    for folder in ("base", "server", "client", "worker"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".h", ".cc") and path.name != "failpoint.h":
                names |= set(re.findall(r'WINNOW_(?:FAILPOINT|LOSES_REPLY)\("([^"]+)"\)', path.read_text()))
    return names


def in_list():
    text = (ROOT / "tests/chaos/failpoint_names.h").read_text()
    return set(re.findall(r'^\s+\{"([^"]+)"', text, re.M)) | set(re.findall(r'kLostReply = "([^"]+)"', text))


class Failpoints(unittest.TestCase):
    def test_list_is_complete(self):
        self.assertGreater(len(in_sources()), 12)
        self.assertEqual(in_list(), in_sources())

    def test_programs(self):
        built = [BIN / name for name in PROGRAMS if (BIN / name).exists()]
        self.assertTrue(built, f"no program in {BIN}")
        for program in built:
            content = program.read_bytes()
            held = [n for n in [*(name.encode() for name in in_sources()), *MACHINERY] if n in content]
            if not HAS_FAILPOINTS:
                self.assertEqual(held, [], f"{program} is for users and holds failpoints")
            elif program.name == "winnowd":  # else this test would pass by looking for the wrong thing
                self.assertIn(b"lease.before_commit", held)


if __name__ == "__main__":
    unittest.main(verbosity=2)
