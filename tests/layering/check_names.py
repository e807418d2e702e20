#!/usr/bin/env python3
"""Checks that the files of a library can be compiled together (docs/decisions/0012).

Names that unnamed namespaces of a folder's .cc files define must differ: constants, types, and functions of the same
parameters; macros too, unless they are defined alike. Functions may be overloaded across files.

usage: check_names.py [ROOT]
"""
import collections
import pathlib
import re
import sys

FOLDERS = ["base", "spec", "server", "client", "worker", "tests/unit/base", "tests/unit/spec", "tests/unit/server",
           "tests/unit/client_lib", "tests/unit/client_cli", "tests/unit/worker", "tests/contract", "tests/support"]
UNNAMED = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.DOTALL | re.MULTILINE)
TYPE = re.compile(r"(?:struct|class|enum class|union)\s+(\w+)\s*(?:final\s*)?[:{]")
DECLARATION = re.compile(r"(?:struct|class|enum class|union)\s+\w+;")
FUNCTION = re.compile(r"[\w:<>,&*\s]*?[\s*&](\w+)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
VARIABLE = re.compile(r"[\w:<>,&*\s]*?[\s*&](\w+)\s*(?:=|\{|\[)")
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)(.*)$", re.MULTILINE)


def top_lines(body):
    """Lines of `body` outside all braces."""
    depth = 0
    for line in body.split("\n"):
        if depth == 0 and line and not line.startswith((" ", "/", "}", "#", "using ", "namespace ")):
            yield line
        code = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|//.*', "", line)
        depth += code.count("{") - code.count("}")


def definitions(text):
    """What `text` defines in unnamed namespaces and by macros: (name, what tells overloads apart)."""
    for body in UNNAMED.findall(text):
        for line in top_lines(body):
            if line.startswith("template") or DECLARATION.match(line):
                continue
            type_match, function, variable = TYPE.match(line), FUNCTION.match(line), VARIABLE.match(line)
            if type_match:
                yield type_match.group(1), ""
            elif function and (not variable or function.start(1) <= variable.start(1)):
                yield function.group(1), re.sub(r"\s+\w+(?=,|$)", "", function.group(2))
            elif variable:
                yield variable.group(1), ""
    for name, value in MACRO.findall(text):
        yield "#define " + name, value


def faults(root):
    folders = collections.defaultdict(list)
    for top in FOLDERS:
        for path in sorted((pathlib.Path(root) / top).rglob("*.cc")):
            folders[path.parent].append(path)
    for folder, paths in sorted(folders.items()):
        seen = {}
        for path in paths:
            for name, rest in definitions(path.read_text(encoding="utf-8")):
                macro = name.startswith("#define ")
                key = name if macro else (name, rest)
                other, other_rest = seen.setdefault(key, (path, rest))
                if other != path and not (macro and other_rest == rest):
                    yield f"{path}: {name} is also in {other.name}; give one of them another name"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = list(faults(root))
    for fault in found:
        print(fault)
    print(f"{len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
