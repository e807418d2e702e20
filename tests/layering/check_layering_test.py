"""The checker finds what it is to find, and nothing else: on small trees made for it."""

import pathlib
import tempfile
import unittest

from check_layering import Tree


class CheckLayeringTest(unittest.TestCase):
    def faults(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(Tree(folder).faults())

    def include(self, *names):
        return "".join(f'#include "{name}"\n' for name in names)

    def assert_fault(self, files, *words):
        faults = self.faults(files)
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])

    def test_the_directions_of_the_design_are_fine(self):
        self.assertEqual(
            self.faults({
                "base/status.h": "",
                "base/log.h": self.include("base/status.h"),
                "spec/spec.h": self.include("base/log.h"),
                "kernels/plan/plan.h": self.include("base/status.h"),
                "examples/kernels/convolve.cc": self.include("kernels/plan/plan.h"),
                "server/domain/stage.h": self.include("spec/spec.h"),
                "server/store/store.h": self.include("server/domain/stage.h") + "#include <SQLiteCpp/Database.h>\n",
                "server/coordinator/c.h": self.include("server/store/store.h", "spec/spec.h"),
                "server/rpc/r.cc": self.include("server/coordinator/c.h", "winnow/v1/stage.grpc.pb.h"),
                "client/lib/client.h": "#include <grpcpp/channel.h>\n",
                "client/cli/main.cc": self.include("client/lib/client.h", "spec/spec.h", "winnow/v1/stage.pb.h"),
                "worker/agent/a.cc": self.include("client/lib/client.h", "spec/spec.h"),
                "worker/nn/n.cc": "#include <torch/torch.h>\n" + self.include("kernels/plan/plan.h", "worker/pruning/p.h"),
                "worker/pruning/p.h": "",
                "tests/unit/worker/nn/n_test.cc": "#include <torch/torch.h>\n",
                "tests/unit/worker/nn/CMakeLists.txt": "winnow_test(x SRCS n_test.cc)",
            }), [])

    def test_forbidden_edges(self):
        for file, target in {
            "base/a.h": "spec/x.h",
            "spec/a.h": "kernels/x.h",
            "kernels/a.h": "spec/x.h",
            "kernels/b.h": "base/log.h",
            "kernels/c.c": "spec/x.h",
            "examples/kernels/a.c": "base/x.h",
            "server/store/a.h": "server/leases/x.h",
            "server/scheduler/a.h": "server/coordinator/x.h",
            "server/coordinator/a.h": "server/rpc/x.h",
            "server/rpc/a.h": "worker/agent/x.h",
            "worker/agent/a.h": "worker/stage/x.h",
            "worker/nn/a.h": "worker/stage/x.h",
            "worker/stage/a.h": "client/lib/x.h",
            "client/lib/a.h": "spec/x.h",
            "client/cli/a.h": "server/domain/x.h",
            "client/cli/b.h": "tests/support/x.h",
        }.items():
            with self.subTest(file=file, target=target):
                self.assert_fault({file: self.include(target), target: ""}, file, target)

    def test_an_include_beside_the_file_is_an_edge_too(self):
        self.assert_fault({"worker/agent/a.h": self.include("../stage/x.h"), "worker/agent/../stage/x.h": "",
                           "worker/stage/y.h": self.include("x.h", "client/lib/z.h"), "client/lib/z.h": ""},
                          "worker/stage/y.h", "client/lib/z.h")

    def test_a_folder_without_a_place(self):
        self.assert_fault({"server/magic/a.h": ""}, "server/magic")

    def test_headers_of_libraries_where_they_do_not_belong(self):
        for file, header, what in (
            ("client/cli/a.h", "grpcpp/channel.h", "gRPC"),
            ("server/coordinator/a.h", "winnow/v1/stage.pb.h", "protobuf"),
            ("worker/agent/a.h", "torch/torch.h", "LibTorch"),
            ("kernels/a.h", "ATen/ATen.h", "LibTorch"),
            ("server/leases/a.h", "SQLiteCpp/Database.h", "SQLite"),
            ("tests/unit/client_lib/a.h", "torch/torch.h", "LibTorch"),
        ):
            with self.subTest(file=file):
                self.assert_fault({file: f"#include <{header}>\n"}, file, header, what)
        self.assertEqual(len(self.faults({"worker/stage/a.h": self.include("winnow/v1/stage.grpc.pb.h")})), 2)

    def test_long_chains_and_circles(self):
        chain = {f"spec/h{i}.h": self.include(f"spec/h{i + 1}.h") for i in range(1, 9)}
        chain["spec/h9.h"] = self.include("base/x.h")  # base is the ground, and does not count
        chain["base/x.h"] = ""
        del chain["spec/h1.h"]
        self.assertEqual(self.faults({**chain, "spec/a.cc": self.include("spec/h2.h")}), [])
        top = {"spec/h1.h": self.include("spec/h2.h"), "spec/h0.h": self.include("spec/h1.h"), "spec/a.cc": self.include("spec/h0.h")}
        self.assert_fault({**chain, **top}, "spec/h1.h", "a chain of 9")
        self.assert_fault({"base/a.h": self.include("base/b.h"), "base/b.h": self.include("base/a.h")}, "circle")

    def test_tests_that_are_not_built(self):
        test = {"tests/unit/spec/deep/a_test.cc": ""}
        self.assert_fault(test, "a_test.cc")
        lists = "tests/unit/spec/CMakeLists.txt"
        self.assert_fault({**test, lists: "SRCS deep/aa_test.cc a_test.cc other/deep/a_test.cc"}, "a_test.cc")
        self.assertEqual(self.faults({**test, lists: "SRCS\n  deep/a_test.cc"}), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
