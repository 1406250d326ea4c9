"""All C++ is as clang-format 14 leaves it; other text has no trailing blanks or tabs, and ends with a newline."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree

_PLAIN = {".py", ".sh", ".cmake", ".txt", ".md", ".proto", ".json", ""}


def _clang_format(root, paths):
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)], cwd=root, capture_output=True,
                         text=True, check=False)
    first = {}
    for match in re.finditer(r"^(\S+?):(\d+):\d+: error", run.stderr, re.M):
        first.setdefault(match.group(1), match.group(2))
    return [f"{name}:{line}: not as clang-format has it, from here on" for name, line in first.items()] or (
        [f"clang-format: {run.stderr.strip()}"] if run.returncode else [])


def findings(root):
    if not shutil.which("clang-format"):
        yield "clang-format is not installed (tools/install-packages test)"
        return
    paths = tree.cpp_files(root)
    portions = [paths[at:at + 16] for at in range(0, len(paths), 16)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda portion: _clang_format(root, portion), portions):
            yield from found
    for path in tree.files(root):
        if path.suffix not in _PLAIN or str(path).startswith(tree.INPUTS):
            continue
        source = tree.text(Path(root) / path)
        if not source:
            continue
        for line, _ in tree.hits(r"[ \t]+(?=\n)|(?m:^ *\t)", source):
            yield f"{path}:{line}: trailing blank or tab"
        if not source.endswith("\n"):
            yield f"{path}: no newline at the end"
