"""Headers: #pragma once, a few words on top, and compiled alone. A header x.h is compiled alone by x.cc, which includes
it first; the others are compiled alone by the target ps_headers (tests/lint/CMakeLists.txt)."""

import re
from pathlib import Path

import tree


def findings(root):
    headers = {path for path in tree.cpp_files(root) if path.suffix == ".h"}
    for path in sorted(headers):
        source = tree.text(Path(root) / path) or ""
        if not source.startswith("// "):
            yield f"{path}:1: a header opens with a comment on what it is"
        if "#pragma once" not in source:
            yield f"{path}:1: no #pragma once"
    for path in tree.cpp_files(root):
        own = path.with_suffix(".h")
        if path.suffix == ".cc" and own in headers:
            first = re.search(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', tree.text(Path(root) / path) or "", re.M)
            if not first or first.group(1) != str(own):
                yield f"{path}: its own header {own} is not included first"
