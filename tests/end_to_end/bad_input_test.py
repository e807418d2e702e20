"""What bad input gets: one clear message that names the thing, the place and the remedy, the right exit code, and
nothing half-written. Each case runs the programs a user would run.
"""

import gzip
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import unittest

from cluster import BIN, Cluster, FASHION_MNIST, SMALL_SPEC, wait_for


def winnow(*arguments, timeout=120, **kwargs):
    return subprocess.run(
        [str(BIN / "winnow"), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, **kwargs,
    )


def write_safetensors(path, tensors, truncate=0):
    header, offset = {}, 0
    for name, shape in tensors.items():
        size = 4
        for n in shape:
            size *= n
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    path.write_bytes((struct.pack("<Q", len(text)) + text + bytes(offset))[: -truncate or None])


class SpecTest(unittest.TestCase):
    def test_every_fault_is_reported_with_its_pointer(self):
        with Cluster() as cluster:
            spec = json.loads(json.dumps(SMALL_SPEC))
            spec["model"]["name"] = "lenet-5"
            spec["data"]["name"] = "fashion-mnits"
            spec["training"]["batch_size"] = 0
            spec["winograd"]["rates"] = [0.2, 1.5]
            spec["colour"] = "red"
            path = cluster.folder / "bad.json"
            path.write_text(json.dumps(spec))
            for command in (("spec", "check", path), ("run", path, "--data", cluster.data)):
                done = winnow(*command)
                self.assertEqual(done.returncode, 2, done)
                for pointer in ("/model/name", "/data/name", "/training/batch_size", "/winograd/rates/1", "/colour"):
                    self.assertIn(pointer, done.stderr)
                self.assertIn("lenet-5-3x3", done.stderr)
                self.assertIn("fashion-mnist", done.stderr)

    def test_syntax_error_has_line_and_column(self):
        with Cluster() as cluster:
            path = cluster.folder / "bad.json"
            path.write_text('{"name": "x",\n "model": }')
            done = winnow("spec", "check", path)
            self.assertEqual(done.returncode, 2)
            self.assertIn("line 2", done.stderr)

    def test_unknown_layer_offers_the_nearest_names(self):
        with Cluster() as cluster:
            done = winnow("spec", "check", cluster.write_spec(layers={"exclude": ["conv9"]}))
            self.assertEqual(done.returncode, 2)
            self.assertIn("/layers/exclude/0", done.stderr)
            self.assertIn("conv", done.stderr)

    def test_missing_file(self):
        done = winnow("spec", "check", "/no/such/file.json")
        self.assertEqual(done.returncode, 3, done)
        self.assertIn("/no/such/file.json", done.stderr)


@unittest.skipUnless(FASHION_MNIST.is_dir(), f"no {FASHION_MNIST}: install dataset-fashion-mnist")
class DataTest(unittest.TestCase):
    def run_with_data(self, cluster, root):
        return winnow(
            "run", cluster.write_spec(tile_sizes=[4]), "--data", cluster.data, "--no-default-data-root",
            "--data-root", root, "--output", cluster.folder / "out",
        )

    def test_missing_data_set_is_named_with_the_workers_offers(self):
        with Cluster() as cluster:
            empty = cluster.folder / "empty"
            empty.mkdir()
            done = self.run_with_data(cluster, empty)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("fashion-mnist", done.stderr)
            self.assertIn("digest", done.stderr)

    def test_truncated_data_file_is_named(self):
        with Cluster() as cluster:
            root = cluster.folder / "root" / "fashion-mnist"
            shutil.copytree(FASHION_MNIST, root)
            victim = root / "t10k-images-idx3-ubyte.gz"
            victim.write_bytes(gzip.compress(gzip.decompress(victim.read_bytes())[:100000]))
            done = self.run_with_data(cluster, cluster.folder / "root")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("digest", done.stderr)
            self.assertIn("fashion-mnist", done.stderr)


class CheckpointTest(unittest.TestCase):
    @unittest.skipUnless(FASHION_MNIST.is_dir(), f"no {FASHION_MNIST}: install dataset-fashion-mnist")
    def test_missing_extra_and_misshapen_tensors_are_named(self):
        with Cluster() as cluster:
            path = cluster.folder / "weights.safetensors"
            write_safetensors(path, {"conv0.weight": [3, 3], "surplus": [2]})
            spec = cluster.write_spec(
                model={"name": "lenet-5-3x3", "pretrained": {"path": str(path)}}, retries={"max_attempts": 1}
            )
            done = winnow("run", spec, "--data", cluster.data, "--output", cluster.folder / "out")
            self.assertEqual(done.returncode, 1, done)
            for word in ("conv0.weight", "surplus", "missing"):
                self.assertIn(word, done.stderr + done.stdout)
            self.assertEqual(list((cluster.data / "artifacts" / "tmp").iterdir()), [])

    def test_pretrained_file_with_another_digest(self):
        with Cluster() as cluster:
            path = cluster.folder / "weights.safetensors"
            write_safetensors(path, {"a": [1]})
            spec = cluster.write_spec(model={"name": "lenet-5-3x3", "pretrained": {"path": str(path), "sha256": "0" * 64}})
            done = winnow("run", spec, "--data", cluster.data)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("weights.safetensors", done.stderr)
            self.assertIn("0" * 64, done.stderr)


class ServerTest(unittest.TestCase):
    def test_unreachable_server(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        done = winnow("list", "--server", address)
        self.assertEqual(done.returncode, 4, done)
        self.assertIn(address, done.stderr)

    def test_port_taken(self):
        with Cluster() as cluster, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = subprocess.run(
                [str(BIN / "winnowd"), "--data", str(cluster.data), "--listen", address],
                capture_output=True, text=True, timeout=30,
            )
            self.assertEqual(done.returncode, 4, done)
            self.assertIn(address, done.stderr)

    def test_second_coordinator_on_a_data_folder_is_refused(self):
        with Cluster() as cluster:
            first = cluster.start_coordinator()
            done = subprocess.run(
                [str(BIN / "winnowd"), "--data", str(cluster.data), "--embedded"],
                capture_output=True, text=True, timeout=30,
            )
            self.assertEqual(done.returncode, 4, done)
            self.assertIn(str(cluster.data), done.stderr)
            self.assertIn(str(first.pid), done.stderr)
            self.assertEqual(cluster.json("list"), [])

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root without setpriv can write anywhere")
    def test_data_folder_not_writable(self):
        with Cluster() as cluster:
            locked = cluster.folder / "locked"
            locked.mkdir(mode=0o555)
            cluster.folder.chmod(0o755)
            as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
            done = subprocess.run(
                [*as_nobody, str(BIN / "winnow"), "list", "--data", str(locked / "data")],
                capture_output=True, text=True, timeout=30, env={**os.environ, "HOME": "/nonexistent"},
            )
            if "Permission denied" in done.stderr and str(BIN) in done.stderr and "locked" not in done.stderr:
                self.skipTest("the build folder cannot be read by another user")
            self.assertEqual(done.returncode, 4, done)
            self.assertIn(str(locked), done.stderr)

    def test_disk_full(self):
        with Cluster() as cluster:
            small = cluster.folder / "small"
            small.mkdir()
            if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True).returncode:
                self.skipTest("may not mount a small file system")
            try:
                (small / "ballast").write_bytes(bytes(200 * 1024))
                done = winnow("list", "--data", small / "data")
                self.assertEqual(done.returncode, 4, done)
                self.assertIn(str(small), done.stderr)
            finally:
                wait_for("unmount", lambda: subprocess.run(["umount", str(small)], capture_output=True).returncode == 0, 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
