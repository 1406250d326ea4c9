"""The source tree as the lints see it: which files there are, and C++ text without comments and strings."""

import re
import subprocess
from pathlib import Path

CPP = {".h", ".cc"}
INPUTS = ("tests/data/", "tests/fuzz/corpus/")  # documents and messages, good and bad
_SKIPPED = {".git", "build", "__pycache__", "node_modules"}
_TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\s]{0,16})\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.S)


def files(root):
    """Paths, relative to `root`, of what git tracks or would track; without git, of everything but build folders."""
    root = Path(root)
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, check=False) if (root / ".git").exists() else None
    if listing and listing.returncode == 0:
        names = [Path(name) for name in listing.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(root) for path in root.rglob("*")]
    return sorted(name for name in names if (root / name).is_file() and not _SKIPPED & set(name.parts))


def text(path):
    """The file's text, or None if it is binary."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def cpp_files(root):
    return [path for path in files(root) if path.suffix in CPP]


def _blank(match):
    """Comments and literals become blanks; line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def code(source):
    """C++ text without comments, string and character literals."""
    return _TOKENS.sub(_blank, source)


def hits(pattern, source):
    """(line number, matched text) of each match."""
    for match in re.finditer(pattern, source):
        yield source.count("\n", 0, match.start()) + 1, match.group(0).strip()
