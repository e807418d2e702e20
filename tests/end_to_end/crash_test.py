"""kill -9 of a worker, of a stage, of the coordinator and of `winnow run`: the same results as an undisturbed run.

"The same" includes the digests of the checkpoints. Nothing may be left running. The undisturbed run's net is exported,
packed too, and run.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from cluster import BIN, Cluster, FASHION_MNIST, is_alive, kill, processes, wait_for


@unittest.skipUnless(FASHION_MNIST.is_dir(), f"no {FASHION_MNIST}: install dataset-fashion-mnist")
class CrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Cluster() as cluster:
            cluster.start_coordinator()
            cluster.start_worker()
            cluster.run("submit", cluster.write_spec())
            assert cluster.wait_ended() == "succeeded", cluster.json("list")
            cls.undisturbed = cluster.outcome()
            # What test_exported_nets_run needs of the finished sweep.
            cls.exported = pathlib.Path(tempfile.mkdtemp(prefix="winnow-exported-"))
            cls.addClassCleanup(shutil.rmtree, cls.exported)
            cluster.run("export", "small/f4-s30-w60", "-o", cls.exported / "net.safetensors")
            for name in ("packed", "again"):
                cluster.run("export", "small/f4-s30-w60", "--packed", "--batch", 16, "-o", cls.exported / f"{name}.safetensors")
        assert len(cls.undisturbed) == 4
        assert all(r["checkpoint"] and r["accuracy"] > 0.3 for r in cls.undisturbed.values()), cls.undisturbed

    def finish(self, cluster):
        self.assertEqual(cluster.wait_ended(), "succeeded")
        self.assertEqual(cluster.outcome(), self.undisturbed)

    def infer(self, name, check=True):
        done = subprocess.run(
            [BIN / "winnow", "infer", self.exported / f"{name}.safetensors", "--data", FASHION_MNIST, "--batch", "1,16",
             "--rounds", "3", "--peers", "none", "--format", "json"],
            capture_output=True, text=True, timeout=120,
        )
        return json.loads(done.stdout) if check else done

    def test_exported_nets_run(self):
        self.assertEqual(sorted(path.name for path in self.exported.iterdir()),
                         ["again.safetensors", "net.safetensors", "packed.safetensors"])
        packed = (self.exported / "packed.safetensors").read_bytes()
        self.assertEqual(packed, (self.exported / "again.safetensors").read_bytes())
        checkpoint, deployed = self.infer("net"), self.infer("packed")
        for report in (checkpoint, deployed):
            self.assertEqual((report["model"], report["tile_size"], report["images"]), ("lenet-5-3x3", 4, 10000))
            for row in report["rows"]:
                self.assertEqual(row["our_layers"], ["conv0", "conv1", "conv2", "conv3"])
        self.assertEqual(deployed["accuracy"], checkpoint["accuracy"])
        # Cut off, it is refused with a message that names it.
        (self.exported / "packed.safetensors").write_bytes(packed[:-100])
        refused = self.infer("packed", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("packed.safetensors: not a safetensors file", refused.stderr)

    def test_worker_killed_in_mid_stage(self):
        with Cluster() as cluster:
            cluster.start_coordinator()
            worker = cluster.start_worker("w1")
            cluster.run("submit", cluster.write_spec())
            wait_for("running spatial_prune", lambda: cluster.running_executor("spatial_prune"))
            kill(worker)
            wait_for("end of the orphaned stages", lambda: not processes("winnow-stage", cluster.folder), 2.0)
            cluster.start_worker("w2")
            self.finish(cluster)

    def test_stage_killed(self):
        with Cluster() as cluster:
            cluster.start_coordinator()
            cluster.start_worker()
            cluster.run("submit", cluster.write_spec())
            kill(wait_for("running train", lambda: cluster.running_executor("train")))
            kill(wait_for("running winograd_prune", lambda: cluster.running_executor("winograd_prune")))
            self.finish(cluster)
            attempts = [s["attempt"] for s in cluster.json("status", "small")["stages"] if s["kind"] == "train"]
            self.assertEqual(attempts, [2])

    def test_coordinator_killed_in_mid_sweep(self):
        with Cluster() as cluster:
            coordinator = cluster.start_coordinator()
            cluster.start_worker()
            cluster.run("submit", cluster.write_spec())
            for kind in ("train", "winograd_prune"):
                wait_for(f"running {kind}", lambda k=kind: cluster.running_executor(k))
                kill(coordinator)
                coordinator = cluster.start_coordinator()
            self.finish(cluster)

    def test_worker_stopped_by_sigterm_gives_its_stages_back(self):
        with Cluster() as cluster:
            cluster.start_coordinator()
            worker = cluster.start_worker("w1")
            cluster.run("submit", cluster.write_spec())
            wait_for("running train", lambda: cluster.running_executor("train"))
            worker.send_signal(signal.SIGTERM)
            self.assertEqual(worker.wait(timeout=30), 0)
            self.assertEqual(processes("winnow-stage", cluster.folder), [])
            cluster.start_worker("w2")
            self.finish(cluster)

    def test_cancel_reaches_a_running_epoch(self):
        with Cluster() as cluster:
            cluster.start_coordinator()
            cluster.start_worker()
            cluster.run("submit", cluster.write_spec())
            stage = wait_for("running train", lambda: cluster.running_executor("train"))
            cluster.run("cancel", "small")
            wait_for("end of the cancelled stage", lambda: not is_alive(stage), 2.0)
            self.assertEqual(cluster.wait_ended(deadline_s=10), "cancelled")
            # Submitted again, it runs through.
            cluster.run("submit", cluster.write_spec())
            self.assertEqual(cluster.wait_ended("small-2"), "succeeded")
            outcome = {t.replace("small-2/", "small/"): r for t, r in cluster.outcome("small-2").items()}
            for result in outcome.values():
                result["trial"] = result["trial"].replace("small-2/", "small/")
            self.assertEqual(outcome, self.undisturbed)

    def test_run_killed_leaves_no_orphan_and_goes_on_when_repeated(self):
        with Cluster() as cluster:
            command = [BIN / "winnow", "run", cluster.write_spec(), "--data", cluster.data, "--output", cluster.folder / "out"]
            run = cluster.start(*command, log="run.log")
            wait_for("running train", lambda: processes("winnow-stage", cluster.data))
            kill(run)
            for name in ("winnow-stage", "winnow-worker", "winnowd"):
                wait_for(f"end of every {name}", lambda n=name: not processes(n, cluster.data), 5.0)
            done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            cluster.start_coordinator()
            newest = cluster.json("list")[0]["name"]
            outcome = {t.replace(f"{newest}/", "small/"): r for t, r in cluster.outcome(newest).items()}
            for result in outcome.values():
                result["trial"] = result["trial"].replace(f"{newest}/", "small/")
            self.assertEqual(outcome, self.undisturbed)


if __name__ == "__main__":
    assert "WINNOW_BIN" in os.environ, "run by ctest, or with WINNOW_BIN=build/release/bin"
    unittest.main(verbosity=2)
