#!/usr/bin/env python3
"""Fails on an include that the design forbids (docs/architecture.md, "who may include whom").

    check_layering.py [ROOT]

Checks, of every C++ and C file below ROOT:
  * edges between folders: a folder includes itself, what ALLOWED gives it, and what those may include;
  * headers of libraries that belong to some folders only: gRPC, protobuf messages, LibTorch, SQLite;
  * chains of our own headers above base/, at most MAX_CHAIN long (LONGER where that is not reached yet), without circle;
  * every *_test.cc is named by a CMakeLists.txt, so that no test is in the tree and not in the build.

Prints one line a fault and exits 1 if there is any.
"""

import pathlib
import re
import sys

MAX_CHAIN = 8
# Folders whose chains are longer today: a debt, and a bound on it. Lower it when you can, never raise it.
LONGER = {"server": 14, "worker": 11}

COMPUTING = ["worker/nn", "worker/data", "worker/pruning", "worker/training", "worker/checkpoint", "worker/bench",
             "worker/infer", "worker/refit", "worker/torch_op"]

# A folder -> what it may include beside itself. Edges add up: who may include X may include what X may.
ALLOWED = {
    "base": [],
    "spec": ["base"],
    "kernels": [],  # and BASE_OF_KERNELS
    "examples": ["kernels"],  # of these, tests/integration/kernels_package lets through what is installed
    "proto": [],
    "server/domain": ["spec", "base"],
    "server/store": ["server/domain"],
    "server/leases": ["server/store"],
    "server/artifacts": ["server/store"],
    "server/planner": ["server/store"],
    "server/scheduler": ["server/store"],
    "server/coordinator": ["server/leases", "server/artifacts", "server/planner", "server/scheduler"],
    "server/rpc": ["server/coordinator", "server/http", "proto"],
    "server/http": ["server/coordinator", "proto"],
    "server": ["server/rpc", "server/http"],  # main.cc
    "client/lib": ["proto", "base"],
    "client/cli": ["client/lib", "spec"],
    "worker/agent": ["client/lib", "spec"],
    "worker/stage": COMPUTING,
    **{folder: [other for other in COMPUTING if other != folder] + ["kernels", "spec"] for folder in COMPUTING},
}

# The kernels can be installed with no more of base than this.
BASE_OF_KERNELS = {"base/status.h", "base/result.h"}

GRPC = re.compile(r"^(grpc|grpcpp)/|\.grpc\.pb\.h$")
MESSAGES = re.compile(r"\.pb\.h$|^google/protobuf/")
TORCH = re.compile(r"^(torch|ATen|c10|caffe2)/")
SQLITE = re.compile(r"^(SQLiteCpp/|sqlite3)")

# Which headers of others belong where; tests are free but for TORCH.
RESTRICTED = [
    ("gRPC", GRPC, ["server/rpc", "client/lib", "worker/agent"]),
    ("protobuf messages", MESSAGES, ["server/rpc", "server/http", "client/lib", "client/cli", "worker/agent"]),
    ("LibTorch", TORCH, ["worker/stage"] + COMPUTING),
    ("SQLite", SQLITE, ["server/store"]),
]
NO_TORCH_IN_TESTS = ["tests/unit/base", "tests/unit/spec", "tests/unit/kernels", "tests/unit/server",
                     "tests/unit/client_lib", "tests/unit/client_cli", "tests/unit/worker/agent", "tests/support"]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
TOP_FOLDERS = ["base", "spec", "kernels", "examples", "proto", "server", "client", "worker", "tests"]


def folder_of(path):
    """The folder of ALLOWED (or tests/...) that `path`, relative to the root, belongs to."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] in ("server", "client", "worker"):
        return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
    if parts[0] == "tests":
        return "/".join(parts[:-1])
    return parts[0]


def reachable(folder):
    """What `folder` may include, itself included."""
    seen, todo = set(), [folder]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += ALLOWED.get(here, [])
    return seen


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.includes = {}  # path -> names as written, in order
        for top in TOP_FOLDERS:
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in (".h", ".cc", ".c") and path.is_file():
                    text = path.read_text(encoding="utf-8", errors="replace")
                    name = path.relative_to(self.root).as_posix()
                    self.includes[name] = [a or b for a, b in INCLUDE.findall(text)]

    def ours(self, path, written):
        """The path of one of our files that `written` names in `path`, or None."""
        beside = (pathlib.PurePosixPath(path).parent / written).as_posix()
        return written if written in self.includes else beside if beside in self.includes else None

    def edge_faults(self):
        for path, names in self.includes.items():
            if path.startswith("tests/"):
                continue
            folder = folder_of(path)
            if folder not in ALLOWED:
                yield f"{path}: the folder {folder} has no place in the layering; give it one in check_layering.py"
                continue
            allowed = reachable(folder)
            for written in names:
                target = self.ours(path, written)
                if target is None:
                    continue
                if folder == "kernels" and target in BASE_OF_KERNELS:
                    continue
                if target.startswith("tests/") or folder_of(target) not in allowed:
                    yield f"{path}: includes {target}, but {folder} may not include {folder_of(target)}"

    def restricted_faults(self):
        for path, names in self.includes.items():
            folder = folder_of(path)
            for written in names:
                if path.startswith("tests/"):
                    closed = any(folder == f or folder.startswith(f + "/") for f in NO_TORCH_IN_TESTS)
                    if closed and TORCH.search(written):
                        yield f"{path}: includes {written}, but LibTorch belongs to the tests of what links it"
                    continue
                for what, pattern, homes in RESTRICTED:
                    if pattern.search(written) and folder not in homes:
                        yield f"{path}: includes {written}, but {what} may be used in {', '.join(homes)} only"

    def chain_faults(self):
        longest = {}  # path -> the longest chain of headers that begins with it

        def chain(path, above):
            if path in above:
                raise RecursionError(" -> ".join(above[above.index(path):] + [path]))
            if path not in longest:
                below = [chain(t, above + [path]) for t in self.targets(path)]
                own = [] if path.endswith((".cc", ".c")) or folder_of(path) == "base" else [path]
                longest[path] = own + max(below, key=len, default=[])
            return longest[path]

        def too_long(path):
            return len(longest[path]) > LONGER.get(path.split("/")[0], MAX_CHAIN)

        try:
            for path in self.includes:
                chain(path, [])
        except RecursionError as circle:
            yield f"{path}: includes go in a circle: {circle}"
            return
        for path in self.includes:
            # Of a long chain the first file that makes it too long is named, not everything above it. Tests have
            # fixtures on top of what they test.
            if not path.startswith("tests/") and too_long(path) and not any(map(too_long, self.targets(path))):
                yield f"{path}: a chain of {len(longest[path])} headers, too long: {' -> '.join(longest[path])}"

    def targets(self, path):
        return [t for t in (self.ours(path, written) for written in self.includes[path]) if t is not None]

    def test_faults(self):
        for path in self.includes:
            if path.endswith("_test.cc") and not self.is_built(pathlib.PurePosixPath(path)):
                yield f"{path}: no CMakeLists.txt builds this test; add it to one, or delete it"

    def is_built(self, path):
        for folder in path.parents:
            lists = self.root / folder / "CMakeLists.txt"
            if lists.is_file():
                name = re.escape(path.relative_to(folder).as_posix())
                if re.search(rf"(?<![\w/.-]){name}(?![\w.-])", lists.read_text(encoding="utf-8")):
                    return True
        return False

    def faults(self):
        yield from self.edge_faults()
        yield from self.restricted_faults()
        yield from self.chain_faults()
        yield from self.test_faults()


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tree = Tree(root)
    if not tree.includes:
        print(f"no C++ files below {root}")
        return 1
    faults = list(tree.faults())
    for fault in faults:
        print(fault)
    print(f"{len(tree.includes)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
