"""No wall clock, chance or sleep in logic: it is told the time, and takes its identifiers from base::Tokens."""

from pathlib import Path

import tree

FORBIDDEN = [
    (r"\bsystem_clock\s*::\s*now\b", "asks the wall clock"),
    (r"(?<![\w.>])(?<!::)(?:(?:std)?::)?(?:time|gettimeofday|clock_gettime)\s*\(\s*(?:nullptr|NULL|0|&|CLOCK)",
     "asks the wall clock"),
    (r"(?<![\w.>])(?:std::)?(?:s?rand|drand48|rand_r)\s*\(|\brandom_device\b",
     "asks chance"),
    (r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>])(?:::)?sleep\s*\(", "sleeps"),
]
# as/base holds the clock and the tokens; adapters and programs talk to the world outside.
LOGIC = ("as/event/", "as/packages/", "as/ports/", "as/rules/", "as/runtime/", "as/sip/transaction/", "as/xml/",
         "mgmt/attributes/", "xdm-client/xcap/", "tests/unit/", "tests/scenario/", "tests/fuzz/", "tests/support/")


def findings(root):
    for path in tree.cpp_files(root):
        if str(path).startswith(LOGIC):
            source = tree.code(tree.text(Path(root) / path) or "")
            for pattern, what in FORBIDDEN:
                for line, found in tree.hits(pattern, source):
                    yield f"{path}:{line}: {what}: {found}"
