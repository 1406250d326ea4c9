"""Each folder says in a README of at most 60 lines, with one picture, what it is."""

import re
from pathlib import Path

import tree

_GENERATED = re.compile(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", re.DOTALL)  # measured, not written
_LONGEST = 60


def _needs_one(root):
    """Folders with sources: each one directly below as/, mgmt/ and as/packages/, and every top-level folder."""
    folders = set()
    for path in tree.files(root):
        parts = path.parts[:-1]
        if parts and not parts[0].startswith("."):
            folders.add(Path(parts[0]))
            if parts[:2] != ("as", "main") and len(parts) > 1 and parts[0] == "as":
                folders.add(Path(parts[0], parts[1]))
    return sorted(folders)


def findings(root):
    root = Path(root)
    for folder in _needs_one(root):
        if not (root / folder / "README.md").is_file():
            yield f"{folder}: has no README.md"
    for path in tree.files(root):
        if path.name == "README.md" and path.parent != Path("."):
            lines = _GENERATED.sub("", tree.text(root / path) or "").splitlines()
            if len(lines) > _LONGEST:
                yield f"{path}: {len(lines)} lines, more than {_LONGEST}"
            if path.parent in _needs_one(root) and sum(line.startswith("```") for line in lines) < 2:
                yield f"{path}: has no picture"
