"""Tests name only rows that the requirement matrix has (tests/conformance/matrix.tsv)."""

import re
from pathlib import Path

import tree

_NAMED = re.compile(r"\bPS_SPEC\(\s*((?:\"[^\"]*\"\s*)+)\)|\bspec\(\s*((?:[\"'][^\"']*[\"']\s*)+)\)")
_ID = re.compile(r"^[A-Z][A-Z0-9]*-[0-9]+[a-z]?$")


def matrix(root):
    rows = (Path(root) / "tests/conformance/matrix.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {row.split("\t")[0] for row in rows}


def findings(root):
    ids = matrix(root)
    prefixes = "|".join(sorted({name.rsplit("-", 1)[0] for name in ids}))
    mentioned = re.compile(rf"\b(?:{prefixes})-[0-9]+\b")
    for path in tree.files(root):
        if path.parts[0] != "tests" or path.suffix not in {".cc", ".h", ".py", ".sh", ".xml", ""} or (
                path.parts[1] in {"lint", "data"}):
            continue
        source = tree.text(Path(root) / path) or ""
        for match in _NAMED.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            names = re.sub(r"[\"']", " ", match.group(1) or match.group(2)).split()
            for name in names or ["(none)"]:
                if not _ID.match(name) or name not in ids:
                    yield f"{path}:{line}: no row {name} in the matrix"
        for line, name in tree.hits(mentioned, source):
            if name not in ids:
                yield f"{path}:{line}: no row {name} in the matrix"
