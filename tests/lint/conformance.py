"""Every tier-1 row of the claimed documents has a scenario, a test elsewhere that exists, or a reason why it waits; and
fewer and fewer wait."""

import re
from pathlib import Path

import tree

SUITE = "tests/conformance"
MOST_DEFERRED = 3  # lower it when a row leaves deferred.tsv; it is never raised
_ROWS = re.compile(r"^rows:\s*\[([^\]]*)\]", re.MULTILINE)
_NAMED = re.compile(r"^(\w+)\.(\w+)$")


def _table(path):
    """(line number, cells) of a table without a title line."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line.split("\t")


def _matrix(suite):
    lines = (suite / "matrix.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {cells[0]: cells for cells in (line.split("\t") for line in lines)}


def _scenarios(suite):
    rows = set()
    for path in suite.glob("scenarios/**/*.yaml"):
        found = _ROWS.search(path.read_text(encoding="utf-8"))
        if found:
            rows.update(row.strip() for row in found.group(1).split(","))
    return rows


def _tests(root):
    """Suite.Name of every test of GoogleTest, and the names of the Python tests."""
    names = set()
    for path in tree.files(root):
        if path.parts[0] != "tests" or path.suffix not in {".cc", ".py"}:
            continue
        text = tree.text(Path(root) / path) or ""
        names.update(f"{suite}.{name}" for suite, name in re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", text))
        names.update(f"Scenario.{name}" for name in re.findall(r"\bPS_SCENARIO\(\s*(\w+)", text))
        names.update(re.findall(r"\bdef (test_\w+)\(", text))
    return names


def findings(root):
    root = Path(root)
    suite = root / SUITE
    if not (suite / "matrix.tsv").is_file() or not (suite / "claimed.txt").is_file():
        return
    matrix, shown = _matrix(suite), _scenarios(suite)
    claimed = set((suite / "claimed.txt").read_text(encoding="utf-8").splitlines())
    elsewhere, deferred = list(_table(suite / "elsewhere.tsv")), list(_table(suite / "deferred.tsv"))
    for name, lines, columns in (("elsewhere.tsv", elsewhere, 3), ("deferred.tsv", deferred, 2),
                                 ("untagged.tsv", list(_table(suite / "untagged.tsv")), 3)):
        for number, cells in lines:
            if len(cells) != columns or not all(cells):
                yield f"{SUITE}/{name}:{number}: should have {columns} cells"
            elif cells[0] not in matrix:
                yield f"{SUITE}/{name}:{number}: no row {cells[0]} in the matrix"
    tests = _tests(root)
    for number, cells in elsewhere:
        for test in re.split(r",\s*", cells[1]) if len(cells) > 1 else []:
            if test not in tests:
                yield f"{SUITE}/elsewhere.tsv:{number}: there is no test {test}"
    waiting = {cells[0] for _, cells in deferred}
    half = {cells[0] for _, cells in deferred if cells[-1].startswith("half: ")}
    for row in sorted((waiting & shown) - half):
        yield f"{SUITE}/deferred.tsv: {row} has a scenario, so it does not wait"
    if len(deferred) != MOST_DEFERRED:
        advice = "it may not grow" if len(deferred) > MOST_DEFERRED else "lower MOST_DEFERRED in tests/lint/conformance.py"
        yield f"{SUITE}/deferred.tsv: {len(deferred)} rows wait, not {MOST_DEFERRED}: {advice}"
    covered = shown | waiting | {cells[0] for _, cells in elsewhere}
    for row, cells in matrix.items():
        if cells[1] in claimed and cells[7] == "1" and row not in covered:
            yield f"{SUITE}: {row} ({cells[1]} {cells[2]}) has no scenario, no test elsewhere, and does not wait"
