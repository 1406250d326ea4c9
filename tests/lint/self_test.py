#!/usr/bin/env python3
"""Each lint finds the fault it is for in a small bad tree, and nothing in a good one."""

import importlib
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import conformance  # noqa: E402, beside this file

REPOSITORY = Path(__file__).resolve().parents[2]
HEADER = "// A sample.\n#pragma once\n"
README = "# x\n```\npicture\n```\n"
MATRIX = "id\tdoc\nPUB-07\tRFC 3903\n"


def found(lint, files):
    """What `lint` finds in a tree of these files (name: text)."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(importlib.import_module(lint).findings(root))


class Lints(unittest.TestCase):
    def bad(self, lint, files, expected):
        findings = found(lint, files)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(expected, findings[0])

    def good(self, lint, files):
        self.assertEqual(found(lint, files), [])

    def test_rows_of_claimed_documents_are_shown_or_wait(self):
        suite = "tests/conformance/"
        matrix = "id\tdoc\tclause\tlevel\trequirement\twire_test\trole\ttier\tsource\n"
        deferred = "".join(f"D-{i:02}\treason\n" for i in range(conformance.MOST_DEFERRED))
        for i in range(conformance.MOST_DEFERRED):
            matrix += f"D-{i:02}\tRFC 1\t1\tMUST\tx\ty\tz\t1\ts\n"
        for row in ("A-01", "A-02"):
            matrix += f"{row}\tRFC 1\t2\tMUST\tx\ty\tz\t1\ts\n"
        good = {suite + "matrix.tsv": matrix, suite + "claimed.txt": "RFC 1\n", suite + "deferred.tsv": deferred,
                suite + "scenarios/RFC1/A-01.x.yaml": "rows: [A-01]\n",
                suite + "elsewhere.tsv": "A-02\tSome.Test\tno clock on the wire\n",
                "tests/unit/x/some_test.cc": "TEST(Some, Test) {}\n"}
        self.good("conformance", good)
        self.bad("conformance", {**good, suite + "scenarios/RFC1/A-01.x.yaml": "rows: [A-02]\n"}, "A-01 (RFC 1 2) has no")
        self.bad("conformance", {**good, "tests/unit/x/some_test.cc": ""}, "there is no test Some.Test")
        self.bad("conformance", {**good, suite + "deferred.tsv": deferred + "A-02\treason\n"}, "it may not grow")
        self.bad("conformance", {**good, suite + "deferred.tsv": deferred[deferred.index("\n") + 1:],
                                 suite + "scenarios/RFC1/D-00.x.yaml": "rows: [D-00]\n"}, "lower MOST_DEFERRED")
        self.bad("conformance", {**good, suite + "untagged.tsv": "A-01\tplace\n"}, "should have 3 cells")

    def test_includes_follow_the_map(self):
        base = {name: HEADER for name in ["as/base/time.h", "as/event/package.h", "as/packages/a/a.h", "as/main/wire.h",
                                          "as/sip/agent.h", "as/xml/tree.h"]}
        for name, include in [
                ("as/event/machine.cc", "as/base/time.h"), ("as/packages/b/b.cc", "as/event/package.h"),
                ("as/packages/a/more.cc", "as/packages/a/a.h"), ("as/main/main.cc", "as/packages/a/a.h"),
                ("mgmt/attributes/load.cc", "proto/config.pb.h"), ("tests/unit/sip/t.cc", "as/sip/agent.h")]:
            self.good("includes", {**base, name: f'#include "{include}"\n'})
        for name, include in [
                ("as/base/log.cc", "as/event/package.h"), ("as/event/machine.cc", "as/packages/a/a.h"),
                ("as/packages/b/b.cc", "as/packages/a/a.h"), ("as/runtime/shard.cc", "as/main/wire.h"),
                ("tests/unit/x/t.cc", "as/main/wire.h"), ("as/runtime/shard.cc", "as/sip/agent.h"),
                ("as/sip/transaction/table.cc", "as/sip/agent.h"), ("as/xml/reader.cc", "proto/config.pb.h"),
                ("tools/presentia-conformance/x.cc", "as/xml/tree.h"), ("elsewhere/x.cc", "as/base/time.h")]:
            self.bad("includes", {**base, name: f'#include "{include}"\n'}, "may not include")
        self.bad("includes", {**base, "as/base/log.cc": '#include "time.h"\n'}, "no file from the repository root")

    def test_libraries_have_one_home(self):
        for home, elsewhere, include in [
                ("as/xml", "as/packages/a", "xercesc/dom/DOM.hpp"), ("as/sip", "as/runtime", "sofia-sip/su.h"),
                ("mgmt/service", "as/main", "grpcpp/grpcpp.h"), ("as/store", "as/runtime", "rocksdb/db.h"),
                ("diameter", "as/sip", "freeDiameter/libfdcore.h"),
                ("tools/presentiactl", "tools/presentia-bench", "proto/management.grpc.pb.h")]:
            self.good("includes", {f"{home}/x.cc": f"#include <{include}>\n"})
            self.bad("includes", {f"{elsewhere}/x.cc": f"#include <{include}>\n"}, "only")

    def test_headers_stand_alone(self):
        self.good("headers", {"as/a.h": HEADER, "as/a.cc": '#include "as/a.h"\n\n#include <string>\n'})
        self.bad("headers", {"as/a.h": "// A sample.\n"}, "#pragma once")
        self.bad("headers", {"as/a.h": "#pragma once\n"}, "comment")
        self.bad("headers", {"as/a.h": HEADER, "as/a.cc": '#include <string>\n#include "as/a.h"\n'}, "not included first")

    def test_logic_asks_neither_clock_nor_chance_and_never_sleeps(self):
        for statement in [
                "auto t = std::chrono::system_clock::now();", "long t = time(nullptr);", "auto t = std::time(0);",
                "int r = rand();", "std::random_device d;", "std::this_thread::sleep_for(1s);", "sleep(1);"]:
            self.bad("purity", {"as/event/x.cc": statement + "\n"}, "as/event/x.cc:1")
            self.good("purity", {"as/base/x.cc": statement + "\n", "as/sip/agent.cc": statement + "\n"})
        self.good("purity", {"as/event/x.cc": '// sleep(1), rand()\nauto s = "time(nullptr)"; wheel.time(now);\n'})

    def test_nothing_unfinished_nor_of_a_machine(self):
        for text, expected in [
                ("// TO" "DO: more", "unfinished"), ("FIX" "ME", "unfinished"), ("see /wo" "rk/main/x", "machine"),
                ("/ro" "ot/.cache", "machine"), ("https://regis" "try.example.org/x", "registry")]:
            self.bad("leftovers", {"as/x.cc": text + "\n"}, expected)
        self.good("leftovers", {"as/x.cc": "// network/sip, https://example.org/home/alice\n"})

    def test_metrics_are_declared_registered_and_named_alike(self):
        catalogue = {"as/base/metric_catalogue.cc": 'MetricInfo{"presentia_a_total", counter, "", "A", {}},\n'
                                                    'MetricInfo{"presentia_b_seconds", histogram, "", "B", kB},\n'}
        used = {"as/x.cc": 'm.counter("presentia_a_total"); m.histogram(\n    "presentia_b_seconds");\n'}
        rules = "      - alert: A\n        expr: >\n          rate(presentia_a_total[5m]) >\n          {}\n"
        self.good("metrics", {**catalogue, **used, "conf/alerts.yml": rules.format("presentia_b_seconds_sum")})
        self.bad("metrics", {**catalogue, "as/x.cc": used["as/x.cc"] + 'm.gauge("presentia_c");\n'}, "presentia_c")
        self.bad("metrics", {**catalogue, "as/x.cc": 'm.counter("presentia_a_total");\n'}, "registered nowhere")
        self.bad("metrics", {**catalogue, **used, "conf/alerts.yml": rules.format("presentia_b_seconds")}, "no series")

    def test_only_rows_of_the_matrix_are_named(self):
        matrix = {"tests/conformance/matrix.tsv": MATRIX}
        self.good("spec_ids", {**matrix, "tests/unit/x_test.cc": 'PS_SPEC("PUB-07");\n'})
        for name in ["PUB-99", "NONE-1", "pub-07"]:
            self.assertTrue(found("spec_ids", {**matrix, "tests/unit/x_test.cc": f'PS_SPEC("PUB-07 {name}");\n'}), name)
        self.bad("spec_ids", {**matrix, "tests/wire/flow.py": "# proves PUB-98\n"}, "PUB-98")

    def test_folders_have_short_readmes_with_a_picture(self):
        self.good("readmes", {"as/README.md": README, "as/base/README.md": README, "as/base/x.h": ""})
        self.bad("readmes", {"as/README.md": README, "as/base/x.h": ""}, "as/base: has no README.md")
        self.bad("readmes", {"as/README.md": README + "line\n" * 60}, "more than")
        self.bad("readmes", {"as/README.md": "# x\n"}, "no picture")

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_format_is_clang_formats(self):
        style = {".clang-format": (REPOSITORY / ".clang-format").read_text(encoding="utf-8")}
        self.good("format", {**style, "as/x.cc": "int main() { return 0; }\n"})
        self.bad("format", {**style, "as/x.cc": "int  main() {return 0;}\n"}, "as/x.cc:1")
        self.bad("format", {"tools/x.py": "x = 1 \n"}, "tools/x.py:1")
        self.bad("format", {"tools/run": "exit"}, "no newline")


if __name__ == "__main__":
    unittest.main()
