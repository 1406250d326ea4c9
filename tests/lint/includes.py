"""Who may include whom, and which library only one folder may see (README, map of folders)."""

import re
from pathlib import Path

import tree

_CORE = {"as/base", "proto", "mgmt/attributes", "as/ports"}
_XML_USER = _CORE | {"as/xml"}
_ALL = _XML_USER | {"as/event", "as/event/client", "as/rules", "as/packages/*", "as/runtime",
                    "as/runtime/clients", "as/sip",
                    "as/sip/transaction", "as/store", "diameter", "diameter/*", "xdm-client", "xdm-client/*", "mgmt/service"}

# folder: the folders it may include besides itself. The first row that is the file's folder or above it counts.
MAY_INCLUDE = [
    ("as/base", set()),
    ("as/xml", {"as/base"}),
    ("proto", set()),
    ("mgmt/attributes", {"as/base", "as/xml", "proto"}),
    ("mgmt/service", _CORE),
    ("as/ports", {"as/base", "proto", "mgmt/attributes"}),
    ("as/event", _CORE),
    ("as/rules", _XML_USER | {"xdm-client/xcap"}),
    ("as/packages", _XML_USER | {"as/event", "as/event/client", "as/rules"}),
    ("as/runtime", _CORE | {"as/event", "as/event/client", "as/rules", "as/packages/*"}),
    ("as/sip/transaction", {"as/base"}),
    ("as/sip", _CORE | {"as/sip/transaction"}),
    ("as/store", _CORE),
    ("diameter/message", _CORE),
    ("diameter/dictionary", {"as/base", "diameter/message"}),
    ("diameter/stack", {"as/base", "as/ports", "diameter/dictionary", "diameter/message"}),
    ("diameter", _XML_USER | {"diameter/*"}),
    ("xdm-client/xcap", {"as/base", "as/xml"}),
    ("xdm-client", _XML_USER | {"xdm-client/*"}),
    ("as/main", _ALL),
    ("tools/presentia-conformance", _ALL - {"as/sip", "as/sip/transaction", "as/xml", "xdm-client/*"}),
    ("tools", _ALL),
    ("tests/unit/main", _ALL | {"as/main", "tests/*"}),
    ("tests", _ALL | {"tests/*", "tools/*"}),
]

# library: (what its includes look like, where they may stand). Tests may use what they test with.
ONLY_IN = {
    "Xerces-C++": (r"xercesc/", {"as/xml"}),
    "Sofia-SIP": (r"sofia-sip/", {"as/sip"}),
    "gRPC": (r"grpc(pp|\+\+)?/|.*\.grpc\.pb\.h$|proto/(management|presentities|subscribers)\.pb\.h$", {"mgmt/service", "tools/presentiactl"}),
    "Poco": (r"Poco/", {"mgmt/service", "xdm-client", "tools/presentia-conformance", "tools/presentia-xdms"}),
    "RocksDB": (r"rocksdb/", {"as/store"}),
    "hiredis": (r"hiredis/", {"as/store"}),
    "libidn2": (r"idn2\.h", {"as/rules"}),
    "freeDiameter": (r"freeDiameter/", {"diameter"}),
}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def _inside(folder, other):
    return folder == other or folder.startswith(other + "/")


def _package(folder):
    return re.match(r"as/packages/[^/]+", folder)


def _allowed(folder, target):
    row, targets = next(((row, targets) for row, targets in MAY_INCLUDE if _inside(folder, row)), (None, None))
    if row is None:
        return False
    if _package(folder) and _package(target):
        return _package(folder)[0] == _package(target)[0]
    if _inside(target, row) and not (row == "as/sip/transaction" and target == "as/sip"):
        return True
    return target in targets or any(name.endswith("/*") and target.startswith(name[:-1]) for name in targets)


def findings(root):
    known = {str(path) for path in tree.files(root)}
    for path in tree.cpp_files(root):
        folder = str(path.parent)
        source = tree.text(Path(root) / path) or ""
        for match in _INCLUDE.finditer(source):
            place = f"{path}:{source.count(chr(10), 0, match.start()) + 1}"
            quoted, name = match.group(1) == '"', match.group(2)
            for library, (pattern, homes) in ONLY_IN.items():
                if re.match(pattern, name) and not any(_inside(folder, home) for home in homes | {"tests"}):
                    yield f"{place}: {library} ({name}) is for {', '.join(sorted(homes))} only"
            if not quoted:
                continue
            generated = name.startswith("proto/") and name.endswith(".pb.h")
            if not generated and name not in known:
                yield f"{place}: \"{name}\" is no file from the repository root"
                continue
            target = str(Path(name).parent)
            if not _allowed(folder, target):
                yield f"{place}: {folder} may not include {target}"
