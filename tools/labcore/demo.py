"""What a presence server does in an IMS core, step by step, on a lab core that runs: everything is looked at where it
arrives, at phones, at Presentia (a trace of its messages) and at the HSS."""

import json
import re
import subprocess
import time

from . import core
from .parts import LabError, Part
from .phone import Phone
from .plan import DOMAIN

ALICE, BOB, CAROL = (f"sip:{user}@{DOMAIN}" for user in ("alice", "bob", "carol"))


def pidf(note):
    """A document of alice's."""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{ALICE}">'
            f'<tuple id="phone"><status><basic>open</basic></status><contact>{ALICE}</contact><note>{note}</note>'
            "</tuple></presence>")


def expect(condition, what):
    """A step fails if this is not so."""
    if not condition:
        raise LabError(what)


def expect_status(answer, status=200):
    """The answer, which must have this status."""
    expect(answer.status == status, f"expected {status}, got {answer.start}")
    return answer


def text_of(message):
    """The body."""
    return message.body.decode(errors="replace")


class Demo:
    """One run. A step is a method that says what it saw; later ones use what earlier ones made."""

    def __init__(self, plan, within):
        self.plan, self.within = plan, within
        self.alice, self.bob = Phone(plan, "alice"), Phone(plan, "bob")
        self.traces = {}
        self.etag = None
        self._watching = None
        self.left_at = None  # when she deregistered
        self.before_register = self.before_deregister = 0  # how long the trace was then

    @property
    def watching(self):
        """Bob's subscription."""
        expect(self._watching, "bob does not watch")
        return self._watching

    # What arrives at Presentia

    def trace(self, uri):
        """A trace of the messages of a user at Presentia."""
        name = "trace-" + re.sub(r"\W+", "-", uri)
        control = f"{self.plan.programs}/presentiactl"
        self.traces[uri] = Part(self.plan.folder, name).start(
            [control, "--server", self.plan.management, "trace", uri, "--bodies"])
        self.traces[uri].wait_for("^tracing$")

    def third_party_register(self, expires, after):
        """What Presentia answered to the REGISTER of the S-CSCF about alice with that Expires."""
        trace = self.traces[ALICE]
        seen = trace.wait_for(rf"^REGISTER (?:.+\n)*?Expires: *{expires}\s*\n", after, 20)
        call_id = re.search(r"^Call-ID: *(\S+)", trace.text()[after + seen.start():], re.MULTILINE)[1]
        answer = trace.wait_for(rf"^SIP/2\.0 (\d+ [^\n]*)\n(?:.+\n)*?Call-ID: *{re.escape(call_id)}", after, 20)
        expect(answer[1].startswith("200"), f"Presentia answered {answer[1]}")
        return f"REGISTER, Expires: {seen[0].rsplit(':', 1)[1].strip()}, answered {answer[1]}"

    def registered(self, user):
        """What the HSS says of the user."""
        return core.tell_hss(self.plan, f"show {user}").removeprefix("ok ")

    # The steps, in order

    def alice_registers(self):
        self.before_register = len(self.traces[ALICE].text())
        challenge, answer = self.alice.register(600)
        expect(challenge is not None and challenge.status == 401, "no challenge")
        expect_status(answer)
        hss = self.registered(ALICE)
        expect("state=1" in hss, f"the HSS says {hss}")
        return f"401 with a nonce of the HSS (MAR), then {answer.start[8:]} (SAR); the HSS says {hss}"

    def presentia_is_told(self):
        return self.third_party_register(r"[1-9]\d*", self.before_register)

    def presentia_asks_the_hss(self):
        done = subprocess.run([f"{self.plan.programs}/presentiactl", "--server", self.plan.management, "sh", "read", ALICE,
                               "--json"], capture_output=True, text=True, timeout=20, check=False)
        expect(done.returncode == 0, done.stderr)
        said = json.loads(done.stdout)
        expect(said["ims_user_state"] == "registered", f"the HSS says {said['ims_user_state']}")
        return f"IMS user state {said['ims_user_state']}, S-CSCF {said['scscf_name']}"

    def bob_registers(self):
        _, answer = self.bob.register(600)
        return expect_status(answer).start[8:]

    def wrong_password(self):
        wrong = Phone(self.plan, "carol")
        try:
            wrong.password = "guessed"
            _, answer = wrong.register(600)
            expect(answer.status in (401, 403), f"got {answer.start}")
            return answer.start[8:]
        finally:
            wrong.close()

    def alice_publishes(self):
        answer = expect_status(self.alice.publish(pidf("in the garden")))
        self.etag = answer.get("SIP-ETag")
        arrived = self.traces[ALICE].wait_for(r"received (\w+) .*\nPUBLISH (?:.+\n)*?P-Served-User: *(.*)\n")
        expect(arrived[1] == self.plan.transport, f"it came to Presentia over {arrived[1]}")
        return f"200, SIP-ETag {self.etag}; at Presentia over {arrived[1].upper()}, P-Served-User: {arrived[2]}"

    def bob_watches(self):
        self._watching = self.bob.watch(ALICE)
        message, took = self.watching.wait_for(lambda m: "in the garden" in text_of(m), "alice's note")
        expect("active" in message.get("Subscription-State"), message.get("Subscription-State"))
        took = took - self.watching.asked_at
        served = self.traces[ALICE].wait_for(r"^SUBSCRIBE (?:.+\n)*?P-Served-User: *(.*)\n")[1]
        vias = [re.search(r"UDP|TCP", value)[0] + " " + re.search(r" (127[\d.]+)", value)[1]
                for name, value in message.headers if name == "Via"]
        for hop in (self.plan.host("pcscf"), self.plan.host("scscf"), self.plan.host("as")):
            expect(any(hop in via for via in vias), f"the NOTIFY did not come by {hop}: {vias}")
        return (f"200; at Presentia P-Served-User: {served}; NOTIFY after {took:.3f} s through the core "
                f"({' < '.join(vias)})")

    def alice_looks_who_watches(self):
        winfo = self.alice.watch(ALICE, "presence.winfo")
        message, _ = winfo.wait_for(lambda m: BOB in text_of(m), "bob")
        expect_status(winfo.ask(0))
        return re.search(rf"<[^<]*>{BOB}", text_of(message))[0]

    def alice_modifies(self):
        sent = time.monotonic()
        answer = expect_status(self.alice.publish(pidf("in the kitchen"), self.etag))
        self.etag = answer.get("SIP-ETag")
        _, took = self.watching.wait_for(lambda m: "in the kitchen" in text_of(m), "her new note", sent)
        return f"200, and bob is told after {took:.3f} s"

    def alice_refreshes(self):
        known = len(self.bob.received)
        answer = expect_status(self.alice.publish(None, self.etag))
        expect(answer.get("SIP-ETag") not in (None, self.etag), "no new entity-tag")
        self.etag = answer.get("SIP-ETag")
        expect(len(self.bob.received) == known, "bob was told about a refresh")
        return f"200, SIP-ETag {self.etag}; bob is not told"

    def bob_refreshes(self):
        sent = time.monotonic()
        expect_status(self.watching.ask(900))
        message, _ = self.watching.wait_for(lambda m: "in the kitchen" in text_of(m), "the whole state", sent)
        return f"200 in the dialog, NOTIFY {message.get('Subscription-State')}"

    def alice_deregisters(self):
        self.before_deregister = len(self.traces[ALICE].text())
        self.left_at = time.monotonic()
        _, answer = self.alice.register(0)
        expect_status(answer)
        hss = self.registered(ALICE)
        expect("state=1" not in hss, f"the HSS says {hss}")
        return f"200; the HSS says {hss}"

    def presentia_is_told_of_the_end(self):
        return self.third_party_register("0", self.before_deregister)

    def bob_sees_her_go(self):
        def gone(message):
            return "registration-state>terminated<" in text_of(message) and "basic>closed<" in text_of(message)

        expect(self.left_at, "she did not deregister")
        _, took = self.watching.wait_for(gone, "registration-state terminated, and closed", self.left_at)
        expect(took < self.within, f"only after {took:.3f} s")
        return f"registration-state terminated, basic closed, {took:.3f} s after her REGISTER"

    def alice_comes_back_and_removes(self):
        sent = time.monotonic()
        _, answer = self.alice.register(600)
        expect_status(answer)
        self.watching.wait_for(lambda m: "registration-state>active<" in text_of(m), "registration-state active", sent)
        sent = time.monotonic()
        expect_status(self.alice.publish(None, self.etag, 0))
        _, took = self.watching.wait_for(lambda m: "in the kitchen" not in text_of(m), "her note gone", sent)
        expect_status(self.alice.register(0)[1])
        return f"registration-state active; PUBLISH with Expires 0 answered 200, her note is gone after {took:.3f} s"

    def bob_stops_watching(self):
        sent = time.monotonic()
        expect_status(self.watching.ask(0))
        message, _ = self.watching.wait_for(lambda m: "terminated" in m.get("Subscription-State"), "the end", sent)
        return f"200, NOTIFY {message.get('Subscription-State')}"

    def bob_watches_who_never_registered(self):
        watching = self.bob.watch(CAROL)
        message, _ = watching.wait_for(lambda m: m.get("Subscription-State"), "any state")
        served = self.traces[CAROL].wait_for(r"^SUBSCRIBE (?:.+\n)*?P-Served-User: *(.*)\n")[1]
        expect("regstate=unreg" in served, f"P-Served-User: {served}")
        hss = self.registered(CAROL)
        expect("state=2" in hss, f"the HSS says {hss}")
        expect_status(watching.ask(0))
        return f"P-Served-User: {served}; NOTIFY {message.get('Subscription-State')}; the HSS says {hss}"

    def bob_is_thrown_out(self):
        before = len(core.parts(self.plan)["hss"].text())
        expect(core.tell_hss(self.plan, f"deregister {BOB} 0 enough") == "ok", "the HSS did not send it")
        core.parts(self.plan)["hss"].wait_for(f"^presentia-hss: {BOB} is deregistered", before)
        verdict = core.tell_hss(self.plan, "verdict").removeprefix("ok ")
        return f"RTR answered {verdict}; the HSS says {self.registered(BOB)}"

    def close(self):
        """No trace is left."""
        for trace in self.traces.values():
            trace.stop()
        self.alice.close()
        self.bob.close()


STEPS = [
    ("alice registers with digest", Demo.alice_registers),
    ("Presentia is told by the S-CSCF (third-party REGISTER)", Demo.presentia_is_told),
    ("Presentia asks the HSS about her (Sh)", Demo.presentia_asks_the_hss),
    ("carol does not know her password", Demo.wrong_password),
    ("bob registers", Demo.bob_registers),
    ("alice publishes (originating)", Demo.alice_publishes),
    ("bob watches alice (terminating, registered)", Demo.bob_watches),
    ("alice looks who watches (presence.winfo, originating)", Demo.alice_looks_who_watches),
    ("alice modifies what she published", Demo.alice_modifies),
    ("alice refreshes it", Demo.alice_refreshes),
    ("bob refreshes his subscription", Demo.bob_refreshes),
    ("alice deregisters", Demo.alice_deregisters),
    ("Presentia is told by the S-CSCF", Demo.presentia_is_told_of_the_end),
    ("bob sees that she is gone", Demo.bob_sees_her_go),
    ("alice comes back, and removes what she published", Demo.alice_comes_back_and_removes),
    ("bob stops watching her", Demo.bob_stops_watching),
    ("bob watches carol, who never registered (terminating, unregistered)", Demo.bob_watches_who_never_registered),
    ("the HSS ends bob's registration (RTR)", Demo.bob_is_thrown_out),
]


def run(plan, within):
    """0 if every step did what it should; `within` seconds a deregistration reaches watchers."""
    missing = [name for name, part in core.parts(plan).items() if not part.pid]
    if missing:
        raise LabError(f"not running: {', '.join(missing)}")
    print(f"ISC over {plan.transport.upper()}", flush=True)
    demo = Demo(plan, within)
    failed = 0
    try:
        demo.trace(ALICE)
        demo.trace(CAROL)
        for title, step in STEPS:
            try:
                print(f"✓ {title}: {step(demo)}", flush=True)
            except LabError as error:
                failed += 1
                print(f"✗ {title}: {error}", flush=True)
    finally:
        demo.close()
    print(f"{len(STEPS) - failed} of {len(STEPS)} steps", flush=True)
    return 1 if failed else 0
