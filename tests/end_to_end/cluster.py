"""Real processes for end-to-end tests: a coordinator, workers and the CLI, in a temporary folder, on a local socket.

Waiting is always for a condition, with a deadline; every process is gone when the Cluster is closed.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

BIN = pathlib.Path(os.environ["WINNOW_BIN"])
FASHION_MNIST = pathlib.Path("/usr/share/datasets/fashion-mnist")

# Enough work that a kill lands in the middle of a stage, little enough for a test.
SMALL_SPEC = {
    "name": "small",
    "model": {"name": "lenet-5-3x3"},
    "data": {"name": "fashion-mnist", "train_limit": 4096, "test_limit": 1000},
    "training": {
        "epochs": 4,
        "batch_size": 64,
        "seed": 7,
        "learning_rate": {"initial": 0.05, "schedule": "cosine"},
        "augmentation": {"crop_padding": 2, "flip": True},
    },
    "spatial": {"rates": [0.3], "retraining": {"epochs": 2, "learning_rate": {"initial": 0.01}}},
    "winograd": {"rates": [0.5, 0.6], "retraining": {"epochs": 1, "learning_rate": {"initial": 0.001}}},
    "tile_sizes": [2, 4],
    "benchmark": {"batch_sizes": [1], "threads": [1], "peers": ["onednn-direct"], "rounds": 3},
    "resources": {"threads": 1},
}


def wait_for(what, condition, deadline_s=60.0):
    """Returns the first true value of condition(); fails naming `what` after deadline_s."""
    tick = threading.Event()
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {deadline_s} s")
        tick.wait(0.02)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes(name, below):
    """Pids of the living processes whose program is `name` and whose command line names the folder `below`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or not is_alive(int(entry.name)):
            continue
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if pathlib.Path(os.fsdecode(command[0])).name == name and any(os.fsencode(str(below)) in a for a in command):
            found.append(int(entry.name))
    return found


class Cluster:
    def __init__(self, lease_ttl="2s"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="winnow-e2e-"))
        self.data = self.folder / "data"
        self.socket = f"unix:{self.data}/winnowd.sock"
        self.lease_ttl = lease_ttl
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, exc_type, *_):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in ("winnow", "winnowd", "winnow-worker", "winnow-stage"):
            wait_for(f"end of every {name}", lambda n=name: not processes(n, self.folder), 10)
        if exc_type is not None:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *command, log):
        with open(self.folder / log, "ab") as out:
            process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def start_coordinator(self):
        process = self.start(
            BIN / "winnowd", "--data", self.data, "--embedded", "--lease-ttl", self.lease_ttl, log="winnowd.log"
        )
        wait_for("answering coordinator", lambda: self.run("list", "--format", "json", check=False).returncode == 0)
        return process

    def start_worker(self, name="w1", threads=2):
        return self.start(
            BIN / "winnow-worker", "--server", self.socket, "--data-root", "/usr/share/datasets",
            "--work-dir", self.folder / f"work-{name}", "--name", name, "--threads", threads, log=f"{name}.log",
        )

    def run(self, *arguments, check=True, timeout=300):
        """The CLI against the running coordinator."""
        done = subprocess.run(
            [str(BIN / "winnow"), *map(str, arguments), "--server", self.socket],
            capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"winnow {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--format", "json").stdout)

    def write_spec(self, **changes):
        path = self.folder / "spec.json"
        path.write_text(json.dumps({**SMALL_SPEC, **changes}))
        return path

    def state(self, sweep="small"):
        return next(s for s in self.json("list") if s["name"] == sweep)["state"]

    def running_executor(self, kind=None):
        """Pid of a running winnow-stage (of that kind, if given) of this cluster, or None."""
        for pid in processes("winnow-stage", self.folder):
            if kind is None:
                return pid
            try:
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                request = json.loads(pathlib.Path(os.fsdecode(command[command.index(b"--request") + 1])).read_text())
            except (OSError, ValueError):
                continue
            if request["kind"] == kind:
                return pid
        return None

    def wait_ended(self, sweep="small", deadline_s=240):
        state = wait_for(
            f"end of {sweep}", lambda: (s := self.state(sweep)) in ("succeeded", "failed", "cancelled") and s, deadline_s
        )
        return state

    def outcome(self, sweep="small"):
        """What must repeat bit for bit: everything but timings."""
        return {
            r["trial"]: {k: v for k, v in r.items() if k not in ("benchmark",)} for r in self.json("results", sweep)
        }


def kill(pid_or_process, sig=signal.SIGKILL):
    pid = pid_or_process if isinstance(pid_or_process, int) else pid_or_process.pid
    os.kill(pid, sig)
    if not isinstance(pid_or_process, int):
        pid_or_process.wait()
