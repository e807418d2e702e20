"""The installed kernels serve a project that knows nothing of this tree.

Installs them into a folder of its own, moves that folder, and uses what is in it as an outsider would: headers one by
one, the example project through find_package(), the archive without CMake, the shared library from Python.

    WINNOW_BUILD=build/release WINNOW_SOURCE=. kernels_package_test.py
"""

import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["WINNOW_BUILD"])
SOURCE = pathlib.Path(os.environ["WINNOW_SOURCE"])
CC = os.environ.get("WINNOW_CC", "cc")
CXX = os.environ.get("WINNOW_CXX", "c++")
WARNINGS = ["-Wall", "-Wextra", "-pedantic-errors", "-Werror"]

# What an outsider may include. Adding a header here is a promise.
PUBLIC_HEADERS = """
    base/result.h base/status.h kernels/c/winnow_kernels.h kernels/filter/packed_file.h
    kernels/filter/packed_filter.h kernels/filter/packed_row.h kernels/isa/isa.h kernels/layout/aligned_floats.h
    kernels/layout/blocked_layout.h kernels/parallel_for.h kernels/plan/check_run.h kernels/plan/choices.h
    kernels/plan/conv_plan.h kernels/plan/scratch_buffer.h kernels/probe/fma_probe.h kernels/shape/conv_shape.h
    kernels/transforms/filter_transform.h kernels/transforms/winograd_variant.h kernels/tuning/autotune.h
    kernels/tuning/kernel_choice.h kernels/tuning/kernel_tuner.h kernels/tuning/tuning_memory.h""".split()

# The two lines that an example prints, and the bound it keeps to.
REPORT = re.compile(r"\Aplan: sparse \w+ F\((?:2x2|4x4),3x3\) nchw, n2 c24 k32 h28 w28 p1, 2 threads, density 0\.301\n"
                    r"error: ([0-9.e-]+) of the largest output, at most 2\.0e-05\n\Z")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class KernelsPackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="winnow-kernels-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        run("cmake", "--install", BUILD, "--component", "kernels", "--prefix", cls.folder / "staging")
        cls.prefix = cls.folder / "moved" / "prefix"
        cls.prefix.parent.mkdir()
        (cls.folder / "staging").rename(cls.prefix)
        cls.include = cls.prefix / "include" / "winnow"
        cls.lib = cls.prefix / "lib"

    def compile(self, compiler, *words):
        return run(*compiler, *WARNINGS, "-I", self.include, *words)

    def configure(self, source, *options):
        build = self.folder / (source.name + "-build")
        run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={CC}",
            f"-DCMAKE_CXX_COMPILER={CXX}", *options)
        return build

    def check_report(self, text):
        match = REPORT.match(text)
        self.assertTrue(match, text)
        self.assertLess(float(match[1]), 2e-5)
        self.assertGreater(float(match[1]), 0, "an error of zero compares nothing")

    def test_the_public_headers_and_no_others_are_installed(self):
        installed = sorted(p.relative_to(self.include).as_posix() for p in self.include.rglob("*") if p.is_file())
        self.assertEqual(installed, sorted(PUBLIC_HEADERS))

    def test_every_header_stands_alone(self):
        for header in PUBLIC_HEADERS:
            with self.subTest(header=header):
                # Twice: the guard holds.
                unit = self.folder / "alone.cc"
                unit.write_text(f'#include "{header}"\n#include "{header}"\n')
                self.compile([CXX, "-std=c++20"], "-fsyntax-only", unit)

    def test_the_c_header_is_c_and_cxx_of_any_age(self):
        unit = self.folder / "alone.c"
        unit.write_text('#include "kernels/c/winnow_kernels.h"\nwinnow_conv_options options = WINNOW_CONV_OPTIONS_INIT;\n')
        for compiler in ([CC, "-std=c99"], [CC, "-std=c17"], [CXX, "-x", "c++", "-std=c++11"]):
            with self.subTest(compiler=compiler):
                self.compile(compiler, "-fsyntax-only", unit)

    def test_the_example_project_builds_and_agrees_with_plain_loops(self):
        source = self.folder / "example"
        shutil.copytree(SOURCE / "examples" / "winnow_kernels", source)
        flags = " ".join(WARNINGS)
        build = self.configure(source, f"-DCMAKE_CXX_FLAGS={flags}", f"-DCMAKE_C_FLAGS={flags}")
        run("cmake", "--build", build)
        self.check_report(run(build / "convolve"))
        self.check_report(run(build / "convolve_c"))

    def test_the_code_in_the_manual_compiles(self):
        manual = (self.prefix / "share" / "doc" / "winnow-kernels" / "README.md").read_text()
        blocks = re.findall(r"^```(cpp|c)\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
        self.assertEqual([language for language, _ in blocks], ["cpp", "c", "cpp", "cpp"])
        for number, (language, code) in enumerate(blocks):
            with self.subTest(code=code):
                unit = self.folder / f"manual{number}.{language}"
                unit.write_text(code)
                compiler = [CXX, "-std=c++20"] if language == "cpp" else [CC, "-std=c99"]
                self.compile(compiler, "-fopenmp", "-fsyntax-only", unit)

    def test_c_links_the_archive_without_cmake(self):
        program = self.folder / "convolve_static"
        self.compile([CC, "-std=c99"], SOURCE / "examples" / "winnow_kernels" / "convolve.c", self.lib / "libwinnow_kernels.a",
                     "-lstdc++", "-lm", "-pthread", "-o", program)
        self.check_report(run(program))

    def test_find_package_refuses_another_version(self):
        source = self.folder / "versions"
        source.mkdir()
        lists = source / "CMakeLists.txt"
        lists.write_text("cmake_minimum_required(VERSION 3.16)\nproject(p NONE)\nfind_package(WinnowKernels 99 REQUIRED)\n")
        with self.assertRaisesRegex(AssertionError, "compatible with requested version"):
            self.configure(source)

    def test_the_shared_library_shows_the_c_functions_alone(self):
        symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", self.lib / "libwinnow_kernels_c.so").splitlines()]
        declared = re.findall(r"\b(winnow_\w+)\(", (self.include / "kernels/c/winnow_kernels.h").read_text())
        self.assertEqual(sorted(symbols), sorted(set(declared)))

    def test_another_language_loads_the_shared_library(self):
        library = ctypes.CDLL(str(self.lib / "libwinnow_kernels_c.so"))
        library.winnow_last_error.restype = ctypes.c_char_p
        weights, coefficients = (ctypes.c_float * 9)(*[1.0] * 9), (ctypes.c_float * 16)()
        transform = library.winnow_filter_transform
        transform.argtypes = [ctypes.c_int32, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
        self.assertEqual(transform(2, weights, 9, coefficients, 16), 0, library.winnow_last_error())
        # G of F(2,3) sums the rows of a filter of ones to 1, 3/2, 1/2, 1.
        rows = [1, 1.5, 0.5, 1]
        self.assertEqual(list(coefficients), [a * b for a in rows for b in rows])
        self.assertEqual(transform(3, weights, 9, coefficients, 16), 3)
        self.assertIn(b"the variant is 3", library.winnow_last_error())

    def test_the_kernels_alone_need_no_other_package(self):
        build = self.folder / "kernels-only"
        absent = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in
                  ("Threads", "PkgConfig", "nlohmann_json", "OpenSSL", "ZLIB", "Protobuf", "gRPC", "SQLite3", "SQLiteCpp", "CLI11",
                   "spdlog", "GTest", "benchmark", "Torch", "OpenMP")]
        run("cmake", "-S", SOURCE, "-B", build, "-G", "Ninja", "-DWINNOW_KERNELS_ONLY=ON", f"-DCMAKE_C_COMPILER={CC}",
            f"-DCMAKE_CXX_COMPILER={CXX}", *absent)
        planned = run("cmake", "--build", build, "--", "-n")
        self.assertIn("libwinnow_kernels.a", planned)
        for folder in ("spec", "server", "client", "worker", "tests"):
            self.assertNotIn(f" {folder}/CMakeFiles", planned)


if __name__ == "__main__":
    unittest.main(verbosity=2)
