"""The checker of names finds collisions, and leaves overloads alone."""

import pathlib
import tempfile
import unittest

from check_names import faults


def unnamed(body):
    return f"namespace winnow {{\nnamespace {{\n\n{body}\n}}  // namespace\n}}  // namespace winnow\n"


class CheckNamesTest(unittest.TestCase):
    def found(self, one, other, where=("spec/a.cc", "spec/b.cc")):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in zip(where, (one, other)):
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(faults(folder))

    def test_constants_types_and_functions_collide(self):
        for body in ("constexpr int kMost = 3;", "constexpr std::pair<int, int> kMost[] = {{1, 2}};",
                     "class Writer {\n public:\n  int a = 0;\n};", "enum class Side { kLeft };",
                     "bool Fits(int a, const std::string& b) {\n  return a > 0;\n}"):
            found = self.found(unnamed(body), unnamed(body))
            self.assertEqual(len(found), 1, (body, found))
            self.assertIn("b.cc", found[0])
            self.assertIn("a.cc", found[0])

    def test_names_of_parameters_do_not_count(self):
        self.assertEqual(len(self.found(unnamed("int Sum(int a, int b) {\n}"), unnamed("int Sum(int x, int y) {\n}"))), 1)

    def test_macros_collide_unless_they_are_the_same(self):
        self.assertEqual(len(self.found("#define A 1\n", "#define A 2\n")), 1)
        self.assertEqual(self.found("#define A 1\n", "#define A 1\n"), [])

    def test_overloads_locals_and_other_folders_are_fine(self):
        self.assertEqual(self.found(unnamed("int Sum(int a) {\n  const int kMost = 3;\n}"),
                                    unnamed("int Sum(double a) {\n  const int kMost = 3;\n}")), [])
        body = unnamed("constexpr int kMost = 3;")
        self.assertEqual(self.found(body, body, ("spec/a.cc", "base/b.cc")), [])
        self.assertEqual(self.found(body, "namespace winnow {\nint kMost = 3;\n}\n"), [])


if __name__ == "__main__":
    unittest.main()
