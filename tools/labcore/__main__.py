"""A small IMS core on loopback around Presentia: an HSS, an S-CSCF, a P-CSCF, an XDM server, and users who use it.

  tools/lab up [--udp|--tcp] [--bin DIR]   starts it; ISC over UDP (default) or TCP. Builds, and installs packages,
                                           unless told where programs are that are built already
  tools/lab demo                           two registered users and one who is not: each step, and what was seen
  tools/lab status                         what runs, and where
  tools/lab hss COMMAND...                 one command to the HSS; presentia-hss --help lists them
  tools/lab down                           ends what `up` has started, and nothing else
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from . import core, demo
from .parts import LabError
from .plan import Plan

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROGRAMS = ["presentia", "presentiactl", "presentia-xdms", "presentia-hss"]


def build():
    """The folder of the programs, with what they and the lab need installed."""
    folder = ROOT / "build" / "release"
    subprocess.run([ROOT / "tools" / "install-packages", "build", "lab"], check=True)
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release", "-DPS_TESTS=OFF"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "--target", *PROGRAMS], check=True)
    return folder / "bin"


def parsed():
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="tools/lab", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) /
                        f"presentia-lab-core-{os.getuid()}", help="its configuration and logs (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="starts it")
    transport = up.add_mutually_exclusive_group()
    transport.add_argument("--udp", dest="transport", action="store_const", const="udp", default="udp")
    transport.add_argument("--tcp", dest="transport", action="store_const", const="tcp")
    up.add_argument("--bin", type=pathlib.Path, help="programs that are built already")
    up.add_argument("--net", default="127.0.1", help="the first three numbers of all addresses (default: %(default)s)")
    up.add_argument("--port", type=int, default=0, help="the first of five ports (default: a free block)")
    shown = commands.add_parser("demo", help="shows it at work")
    shown.add_argument("--within", type=float, default=1, metavar="SECONDS",
                       help="how soon a watcher must see that somebody has deregistered (default: %(default)s)")
    commands.add_parser("status", help="what runs, and where")
    commands.add_parser("down", help="ends it")
    hss = commands.add_parser("hss", help="one command to the HSS")
    hss.add_argument("words", nargs="+", metavar="COMMAND")
    return parser.parse_args()


def main():
    options = parsed()
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where Debian has Kamailio, and not everybody looks
    try:
        if options.command == "up":
            programs = (options.bin or build()).resolve()
            core.up(Plan.fresh(ROOT, options.folder, options.net, options.port, options.transport, programs))
            return 0
        plan = Plan.running(options.folder)
        if options.command == "down":
            core.down(plan)
        elif options.command == "hss":
            print(core.tell_hss(plan, " ".join(options.words)))
        else:
            return core.status(plan) if options.command == "status" else demo.run(plan, options.within)
    except (LabError, subprocess.CalledProcessError) as error:
        print(f"tools/lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
