"""What every command prints: compared byte by byte with the files in golden/.

A change that is meant: run `WINNOW_UPDATE_GOLDEN=1 ctest --test-dir build/dev -R end_to_end.cli`, look at the difference
with git, and commit it. Files that no case writes any more are a failure, too.

The commands talk to a scripted coordinator (script.json), so that times and digests are always the same.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
ROOT = HERE.parent.parent.parent
BIN = pathlib.Path(os.environ["WINNOW_BIN"])
UPDATE = os.environ.get("WINNOW_UPDATE_GOLDEN") == "1"

DIGEST = "c0ffee" + 58 * "0"
COMMANDS = [
    "run", "submit", "list", "status", "watch", "logs", "results", "pareto", "export", "artifact", "artifact get",
    "pause", "resume", "stop", "cancel", "retry", "workers", "drain", "data", "data digest", "spec", "spec check", "spec schema", "completion", "version",
]

# Name of the golden file -> the command's words. FOLDER is a temporary folder with spec.json and bad.json.
CASES = {
    "help": ["--help"],
    **{"help_" + c.replace(" ", "_"): [*c.split(), "--help"] for c in COMMANDS},
    **{f"list_{f}": ["list", "--format", f, "--server", "x:1"] for f in ("table", "json", "csv")},
    **{f"status_{f}": ["status", "demo", "--format", f, "--server", "x:1"] for f in ("table", "json", "csv")},
    **{f"results_{f}": ["results", "demo", "--format", f, "--server", "x:1"] for f in ("table", "json", "csv")},
    "results_wide": ["results", "demo", "--wide", "--server", "x:1"],
    **{f"workers_{f}": ["workers", "--format", f, "--server", "x:1"] for f in ("table", "json", "csv")},
    **{f"pareto_{x}": ["pareto", "demo", "--x", x, "--server", "x:1"]
       for x in ("multiplications_left", "speedup", "winograd_sparsity")},
    "pareto_nothing": ["pareto", "empty", "--server", "x:1"],
    "watch": ["watch", "demo", "--server", "x:1"],
    "watch_failed": ["watch", "broken", "--server", "x:1"],
    "logs_stage": ["logs", 64 * "1", "--server", "x:1"],
    "logs_tail": ["logs", "11111111", "--tail", "1", "--server", "x:1"],
    "logs_trial": ["logs", "demo/f4-s30-w60", "--server", "x:1"],
    "logs_sweep": ["logs", "demo", "--tail", "2", "--server", "x:1"],
    "pause": ["pause", "broken", "--server", "x:1"],
    "resume": ["resume", "broken", "--server", "x:1"],
    "stop": ["stop", "broken", "--server", "x:1"],
    "cancel": ["cancel", "broken", "--server", "x:1"],
    "retry_failed": ["retry", "broken", "--failed", "--server", "x:1"],
    "retry_missing": ["retry", "broken", "--missing", "--server", "x:1"],
    "retry_neither": ["retry", "broken", "--server", "x:1"],
    "drain_unknown": ["drain", "nobody", "--server", "x:1"],
    "export": ["export", "demo/f4-s30-w60", "-o", "FOLDER/net.safetensors", "--server", "x:1"],
    "export_unknown": ["export", "demo/f4-s30-w61", "--server", "x:1"],
    "artifact_get_unknown": ["artifact", "get", DIGEST, "--server", "x:1"],
    "submit_dry_run": ["submit", "FOLDER/spec.json", "--dry-run", "--server", "x:1"],
    "submit_json": ["submit", "FOLDER/spec.json", "--format", "json", "--server", "x:1"],
    "run": ["run", "FOLDER/spec.json", "--output", "FOLDER/out", "--server", "x:1"],
    "spec_check": ["spec", "check", "FOLDER/spec.json"],
    "spec_check_faults": ["spec", "check", "FOLDER/bad.json"],
    "spec_check_faults_json": ["spec", "check", "FOLDER/bad.json", "--format", "json"],
    "spec_check_faults_csv": ["spec", "check", "FOLDER/bad.json", "--format", "csv"],
    "spec_check_expand": ["spec", "check", "FOLDER/spec.json", "--expand"],
    "spec_check_missing": ["spec", "check", "FOLDER/none.json"],
    "data_digest_empty": ["data", "digest", "FOLDER"],
    "version": ["version", "--server", "x:1"],
    "version_json": ["version", "--format", "json", "--server", "x:1"],
    "version_csv": ["version", "--format", "csv", "--server", "x:1"],
    "unknown_command": ["reslts"],
    "unknown_option": ["list", "--formt", "json"],
    "unknown_sweep": ["status", "demmo", "--server", "x:1"],
    "no_command": [],
}


def run(arguments, folder, env=()):
    environment = {
        "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8", "COLUMNS": "110", "HOME": str(folder), **dict(env),
        **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
    }
    return subprocess.run(
        [str(BIN / "scripted_winnow"), str(HERE / "script.json"), *(a.replace("FOLDER", str(folder)) for a in arguments)],
        capture_output=True, timeout=60, stdin=subprocess.DEVNULL, env=environment, cwd=folder,
    )


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="winnow-golden-"))
        for name in ("spec.json", "bad.json"):
            shutil.copy(HERE / name, self.folder)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def transcript(self, arguments):
        done = run(arguments, self.folder)
        text = f"$ winnow {' '.join(arguments)}\n"
        for name, output in (("stdout", done.stdout), ("stderr", done.stderr)):
            text += f"--- {name}\n" + output.decode().replace(str(self.folder), "FOLDER")
        # How long the test itself took is not what is tested.
        text = "\n".join("sweep        demo-run succeeded in TIME" if line.startswith("sweep        ") else line
                         for line in text.split("\n"))
        text = text.replace("in 0.0 s:", "in TIME:").replace("in 0.1 s:", "in TIME:")
        return text + f"--- exit code {done.returncode}\n"

    def test_golden(self):
        for name, arguments in CASES.items():
            with self.subTest(name):
                found = self.transcript(arguments)
                path = GOLDEN / f"{name}.txt"
                if UPDATE:
                    path.write_text(found)
                self.assertTrue(path.exists(), f"no {path}; run with WINNOW_UPDATE_GOLDEN=1 and look at it")
                self.assertEqual(found, path.read_text())

    def test_every_golden_file_has_a_case(self):
        self.assertEqual(sorted(p.stem for p in GOLDEN.glob("*.txt")), sorted(CASES))

    def test_every_command_has_a_golden_help(self):
        listed = run(["--help"], self.folder).stdout.decode().split("Subcommands:\n")[1].split("\n\n")[0]
        names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
        self.assertEqual(sorted(set(names) - {"bench", "infer"}), sorted(c for c in COMMANDS if " " not in c))

    def test_pictures_are_written(self):
        for ending, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
            path = self.folder / f"front.{ending}"
            done = run(["pareto", "demo", "-o", str(path), "--server", "x:1"], self.folder)
            self.assertEqual(done.returncode, 0, done)
            self.assertTrue(path.read_bytes().startswith(start))

    def test_a_reader_that_goes_away_is_no_crash(self):
        done = subprocess.run(
            ["bash", "-c", f"'{BIN}/scripted_winnow' '{HERE}/script.json' results demo --format json --server x:1 | head -1"],
            capture_output=True, timeout=60, cwd=self.folder,
        )
        self.assertEqual(done.stdout, b"[\n")
        self.assertEqual(done.returncode, 0, done)


class CompletionTest(unittest.TestCase):
    def script(self, shell):
        with tempfile.TemporaryDirectory() as folder:
            done = run(["completion", shell], folder)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.decode()

    def parses(self, *command, text):
        if not shutil.which(command[0]):
            self.skipTest(f"no {command[0]} here")
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bash_parses(self):
        self.parses("bash", "-n", text=self.script("bash"))

    def test_zsh_parses(self):
        self.parses("zsh", "-n", text=self.script("zsh"))

    def test_fish_parses(self):
        self.parses("fish", "--no-execute", text=self.script("fish"))

    def complete(self, *words):
        """What bash offers for the last of `words`."""
        quoted = " ".join(f"'{w}'" for w in words)
        text = self.script("bash") + f"""
COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
_winnow
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "sweep.json").write_text("{}")
            done = subprocess.run(["bash"], input=text, capture_output=True, text=True, timeout=60, cwd=folder)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("winnow", "res"), ["results", "resume"])
        self.assertEqual(self.complete("winnow", "spec", "c"), ["check"])
        self.assertEqual(self.complete("winnow", "list", "--for"), ["--format"])
        self.assertEqual(sorted(self.complete("winnow", "list", "--format", "")), ["csv", "json", "table"])
        self.assertEqual(self.complete("winnow", "pareto", "demo", "--x", "sp"), ["speedup"])
        self.assertEqual(self.complete("winnow", "run", "sw"), ["sweep.json"])
        self.assertEqual(self.complete("winnow", "completion", "z"), ["zsh"])
        self.assertEqual(self.complete("winnow", "export", "demo/f4", "--pa"), ["--packed"])
        self.assertEqual(self.complete("winnow", "infer", "sw"), ["sweep.json"])


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
