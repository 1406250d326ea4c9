"""Starts and stops a lab core: HSS, S-CSCF, P-CSCF, XDM server and Presentia."""

import os
import pathlib
import shutil

from harness import net, sip

from .parts import LabError, Part, START_S
from .plan import DOMAIN, PHONES

ORDER = ["hss", "scscf", "pcscf", "xdms", "presentia"]  # of their start


def _program(plan, name):
    path = pathlib.Path(plan.programs) / name
    if not path.exists():
        raise LabError(f"no {name} in {plan.programs}")
    return path


def parts(plan):
    """By name."""
    return {name: Part(plan.folder, name) for name in ORDER}


def up(plan):
    """Starts all and waits until they serve; if one does not, none is left."""
    if (plan.path / "lab.json").exists():
        raise LabError(f"there is a lab core already ({plan.folder}); tools/lab down ends it")
    if not shutil.which("kamailio"):
        raise LabError("kamailio is not installed; tools/install-packages lab installs it")
    plan.write()
    try:
        _start_hss(plan)
        _start_kamailio(plan, "scscf")
        _connect_cx(plan)
        _start_kamailio(plan, "pcscf")
        _start_servers(plan)
        _check_loopback(plan)
    except BaseException:
        down(plan)
        raise
    print(where(plan))


def _start_hss(plan):
    fifo = plan.path / "hss.commands"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo, 0o600)
    commands = os.open(fifo, os.O_RDWR)  # also its own writer, so that it never sees an end
    try:
        Part(plan.folder, "hss").start(
            [_program(plan, "presentia-hss"), "--users", plan.path / "users.xml", "--identity", f"hss.{DOMAIN}",
             "--address", plan.host("hss"), "--port", plan.port("sh_port")], stdin=commands).wait_for("^ready ")
    finally:
        os.close(commands)


def _start_kamailio(plan, name):
    run_folder = plan.path / f"{name}.run"
    run_folder.mkdir(exist_ok=True)
    part = Part(plan.folder, name).start(["kamailio", "-DD", "-f", plan.path / f"{name}.cfg", "-m", "64", "-M", "8",
                                          "-Y", run_folder, "-P", run_folder / "pid"])
    address = plan.at(name)
    peer = sip.UdpPeer(address, address[0])
    try:
        sip.ask(peer, "OPTIONS", "sip:ping@%s:%d" % address, START_S)
    except AssertionError:
        raise LabError(f"{name} does not answer; the end of {part.log}:\n{part.text()[-3000:]}") from None
    finally:
        peer.close()


def _connect_cx(plan):
    """The S-CSCF cannot look the HSS up without DNS, so the HSS connects to it."""
    name = f"scscf.{DOMAIN}"
    answer = tell_hss(plan, "connect %s %s %d" % (name, *plan.at("scscf", "cx_port")))
    if answer != "ok":
        raise LabError(f"the HSS cannot connect to the S-CSCF: {answer}")
    parts(plan)["hss"].wait_for(rf"{name} is connected")


def _start_servers(plan):
    Part(plan.folder, "xdms").start(
        [_program(plan, "presentia-xdms"), "--http", "%s:%d" % plan.at("xdms", "http_port"),
         "--sip", "udp:%s:%d" % plan.at("xdms"), "--samples", pathlib.Path(plan.source) / "conf" / "lab" / "xdms",
         "--open"]).wait_for("^ready ")
    presentia = Part(plan.folder, "presentia").start(
        [_program(plan, "presentia"), "--config", plan.path / "presentia.xml",
         "--set", "xdm.diff.notifier=sip:xdms@%s:%d" % plan.at("xdms")])
    presentia.wait_for("^ready ")
    presentia.wait_for(r"event=sh\.reachable")


def _check_loopback(plan):
    exposed = net.reachable_from_elsewhere({part.pid for part in parts(plan).values()})
    if exposed:
        raise LabError("sockets that are not on loopback:\n" + "\n".join(exposed))


def down(plan):
    """Ends all, the last one first."""
    ended = [name for name, part in reversed(parts(plan).items()) if part.stop()]
    plan.forget()
    print(f"ended: {', '.join(ended) or 'nothing'}; logs are in {plan.folder}")


def status(plan):
    """0 if all run."""
    print(where(plan))
    gone = [name for name, part in parts(plan).items() if not part.pid]
    if gone:
        print(f"not running: {', '.join(gone)}")
    return 1 if gone else 0


def tell_hss(plan, command):
    """The answer of the HSS to one command."""
    hss = parts(plan)["hss"]
    if not hss.pid:
        raise LabError("the HSS does not run")
    before = len(hss.text())
    with open(plan.path / "hss.commands", "w", encoding="utf-8") as commands:
        commands.write(command + "\n")
    return hss.wait_for(r"^((ok|error)\b.*)\n", before)[1].rstrip()


def where(plan):
    """For people."""
    pids = {name: part.pid or "-" for name, part in parts(plan).items()}
    control = f"{plan.programs}/presentiactl --server {plan.management}"
    users = ", ".join(f"sip:{who}@{DOMAIN}" for who in PHONES)
    return f"""\
The lab core, domain {DOMAIN}, ISC over {plan.transport.upper()}:
  P-CSCF      {plan.host("pcscf")}:{plan.port()}  pid {pids["pcscf"]}; phones: {users}
              (private identity alice@{DOMAIN}, password alice-secret)
  S-CSCF      {plan.host("scscf")}:{plan.port()}  pid {pids["scscf"]}; Cx at {plan.host("scscf")}:{plan.port("cx_port")}
  HSS         {plan.host("hss")}:{plan.port("sh_port")}  pid {pids["hss"]}; tools/lab hss COMMAND
  Presentia   {plan.host("as")}:{plan.port()}  pid {pids["presentia"]}; {control}
              metrics http://{plan.host("as")}:{plan.port("metrics_port")}/metrics
  documents   http://{plan.host("xdms")}:{plan.port("http_port")}/xcap  pid {pids["xdms"]}
  files, logs {plan.folder}"""
