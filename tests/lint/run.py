#!/usr/bin/env python3
"""Runs lints: run.py [--root DIR] [NAME...]; prints what they find, exit code 1 if anything."""

import argparse
import importlib
import sys
from pathlib import Path

LINTS = ["conformance", "format", "headers", "includes", "leftovers", "metrics", "purity", "readmes", "spec_ids"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2])
    parser.add_argument("names", nargs="*", choices=[*LINTS, []], metavar="NAME", help=", ".join(LINTS))
    arguments = parser.parse_args()
    found = []
    for name in arguments.names or LINTS:
        found += [f"{name}: {finding}" for finding in importlib.import_module(name).findings(arguments.root)]
    print("\n".join(found) if found else "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
