"""Every metric that the code registers is declared in the catalogue and the other way round, and the files for Prometheus
under conf/ name no other."""

import re
from pathlib import Path

import tree

CATALOGUE = Path("as/base/metric_catalogue.cc")
_DECLARED = re.compile(r'MetricInfo\{\s*"(\w+)",\s*(counter|gauge|histogram)')
_REGISTERED = re.compile(r'\b(counter|gauge|histogram)\(\s*"(\w+)"')
_NAMED = re.compile(r"\b(?:presentia|process)_[a-z_]+\b")
_RULES = re.compile(r"^\s*expr:(.*(?:\n\s{10,}.*)*)", re.MULTILINE)  # with the lines of a folded expression


def _series(declared):
    for name, kind in declared.items():
        yield from [f"{name}_bucket", f"{name}_sum", f"{name}_count"] if kind == "histogram" else [name]


def findings(root):
    root = Path(root)
    if not (root / CATALOGUE).is_file():
        return
    declared = dict(_DECLARED.findall(tree.text(root / CATALOGUE)))
    registered = set()
    for path in tree.cpp_files(root):
        if path == CATALOGUE or path.parts[0] not in ("as", "diameter", "mgmt", "xdm-client"):
            continue
        for kind, name in _REGISTERED.findall(tree.text(root / path) or ""):
            registered.add(name)
            if declared.get(name) != kind:
                yield f"{path}: {kind} {name} is not declared so in {CATALOGUE}"
    for name in sorted(set(declared) - registered):
        yield f"{CATALOGUE}: {name} is registered nowhere"
    series = set(_series(declared))
    for path in sorted(path for path in tree.files(root) if path.parent == Path("conf") and path.suffix == ".yml"):
        for rule in _RULES.findall(tree.text(root / path) or ""):
            for name in sorted(set(_NAMED.findall(rule)) - series):
                yield f"{path}: there is no series {name}"
