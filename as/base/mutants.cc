#ifdef PS_MUTANTS

#include "as/base/mutants.h"

#include <algorithm>
#include <array>

#include "as/base/check.h"

namespace presentia::base {
namespace {

constexpr auto kMutants = std::to_array<Mutant>({
    // RFC 3261
    {"405-without-allow", "SIP-01", "405 does not list what is allowed"},
    {"420-without-unsupported", "SIP-07", "420 does not say what is not supported"},
    {"require-ignored", "SIP-07", "a request is served without the extension that it requires"},
    {"foreign-domain-served", "SIP-05 PUB-01", "a domain that is not ours is served"},
    {"merged-accepted", "SIP-06", "a request that comes by two ways is taken for two"},
    {"vias-out-of-order", "SIP-12", "an answer has the Via values behind the first in reverse order"},
    {"to-tag-missing", "SIP-12", "an answer has no tag in To"},
    {"retransmission-executed", "SIP-13 SIP-23", "a retransmitted request is done again"},
    {"record-route-not-returned", "SIP-16", "the 2xx to SUBSCRIBE has no Record-Route"},
    {"route-set-reversed", "SIP-17", "NOTIFY goes along the Record-Route from its other end"},
    {"strict-route-ignored", "SIP-18", "a route without lr is used as a loose one"},
    {"notify-cseq-stands-still", "SIP-19", "each NOTIFY has the CSeq of the first"},
    {"unknown-dialog-accepted", "SIP-20", "a To tag that names no dialog makes a new subscription"},
    {"cseq-unchecked", "SIP-21", "a refresh with a lower CSeq is done"},
    {"target-not-refreshed", "SIP-22", "NOTIFY goes on to the Contact of the first SUBSCRIBE"},
    {"timer-e-slow", "SIP-24 TS29A-25", "after the first time an unanswered NOTIFY is resent every T2"},
    {"large-over-udp", "SIP-25", "a large NOTIFY goes as a datagram"},
    {"received-missing", "SIP-26", "Via does not get the address that the request came from"},
    {"compact-unknown", "SIP-30", "compact names of header fields are not understood"},
    {"host-case-kept", "SIP-32", "the host of a URI is compared with its case"},
    {"max-forwards-missing", "SIP-33", "NOTIFY has no Max-Forwards"},
    {"nonce-never-expires", "SIP-34", "a digest nonce can be used for ever"},
    {"nonce-count-unchecked", "SIP-34 EVT-37", "digest credentials can be used again"},
    {"stale-unsaid", "SIP-34", "a 401 does not say that only the nonce is too old"},
    {"sips-contact-is-sip", "SIP-35", "the Contact of a sips resource is a sip URI"},
    // RFC 3263
    {"next-target-not-tried", "SIPX-04 SIP-25", "when the first target of a request fails, no other is tried"},
    // RFC 3581, 5626
    {"rport-ignored", "SIPX-03", "answers go to the port of Via though it has rport"},
    {"keep-alive-unanswered", "SIPX-09", "two CRLFs on a stream get no CRLF"},
    // RFC 4320
    {"provisional-sent", "SIPX-02 SIP-11", "each request gets 100 at once"},
    // RFC 4475
    {"version-unchecked", "SIPX-06", "a request of another version of SIP is served"},
    // RFC 5118
    {"ipv6-uri-refused", "SIPX-08", "a Request-URI with an IPv6 reference is answered 400"},
    // RFC 3323, 3325
    {"privacy-not-passed-on", "AAA-08", "a request that is passed on loses Privacy"},
    {"asserted-by-anybody", "AAA-01", "P-Asserted-Identity is believed from outside the trust domain"},
    {"privacy-ignored", "AAA-02 TS29A-08", "the presentity learns who asked for Privacy id"},
    {"preferred-believed", "AAA-05", "P-Preferred-Identity is taken as asserted"},
    // RFC 3903
    {"unknown-tag-accepted", "PUB-05", "a document under an unknown entity-tag is published, no 412"},
    {"if-match-list-accepted", "PUB-04", "of several entity-tags in SIP-If-Match the first counts"},
    {"publication-lengthened", "PUB-08", "twice the lifetime that was asked for is granted"},
    {"415-without-accept", "PUB-09", "415 does not say which types are accepted"},
    {"modification-adds", "PUB-11", "the document that a modification replaces stays"},
    {"refresh-prolongs-nothing", "PUB-11", "a refreshed publication expires when the first one would have"},
    {"removal-keeps", "PUB-12", "Expires 0 removes nothing"},
    {"initial-zero-stored", "PUB-13", "an initial publication with Expires 0 is kept for a minute"},
    {"publish-without-expires", "PUB-15", "the 200 to PUBLISH has no Expires"},
    {"etag-kept", "PUB-16", "the entity-tag stays the same after a refresh"},
    {"etag-repeated", "PUB-03 PUB-17", "all entity-tags of a presentity are the same"},
    {"publish-record-routed", "PUB-19", "the 200 to PUBLISH has a Record-Route"},
    {"tuple-ids-clash", "PUB-24", "tuples of two publications come out under one id"},
    {"anyone-publishes", "PUB-27", "everybody may publish for everybody"},
    {"publication-never-expires", "PUB-33", "publications do not expire"},
    {"publication-expires-late", "PUB-33", "publications expire 5 s late"},
    {"nobody-challenged", "PUB-28 EVT-37 PRES-18", "nobody has to log in"},
    {"credentials-unchecked", "TS29A-09 PUB-28", "the hash in digest credentials may be any"},
    // RFC 6665
    {"subscribe-without-expires", "EVT-01", "the 2xx to SUBSCRIBE has no Expires"},
    {"489-without-allow-events", "EVT-04 PUB-02", "489 does not say which packages are served"},
    {"423-without-min-expires", "EVT-07", "423 does not say what the minimum is"},
    {"subscription-lengthened", "EVT-08", "twice the duration that was asked for is granted"},
    {"refresh-not-notified", "EVT-09", "a refresh is not followed by a NOTIFY"},
    {"pending-answered-202", "EVT-11", "a pending subscription is answered 202"},
    {"blocked-accepted", "EVT-12", "a watcher that is blocked gets a subscription"},
    {"polite-block-shows-state", "EVT-13", "who is politely blocked sees the state"},
    {"refresh-not-counted", "EVT-14", "a refreshed subscription expires when the first one would have"},
    {"subscription-never-expires", "EVT-15", "subscriptions do not expire"},
    {"end-not-notified", "EVT-16", "no NOTIFY says that a subscription has ended"},
    {"fetch-subscribes", "EVT-17", "a fetch makes a subscription, which then ends"},
    {"state-without-expires", "EVT-19", "Subscription-State does not say how long it lasts"},
    {"expires-stands-still", "EVT-19", "Subscription-State says what was granted, not what remains"},
    {"terminated-without-reason", "EVT-20", "Subscription-State does not say why it ended"},
    {"change-not-notified", "EVT-21", "a publication is not notified"},
    {"notify-481-ignored", "EVT-23", "the subscription goes on after its NOTIFY was answered 481"},
    {"options-without-allow-events", "EVT-30 PUB-21", "the 200 to OPTIONS does not say which packages are served"},
    {"event-id-dropped", "EVT-33", "the Event of a NOTIFY has no id"},
    // RFC 3856
    {"accept-ignored", "PRES-03", "a watcher that does not understand PIDF gets it"},
    {"pending-shows-state", "PRES-07", "a watcher that is not yet authorised sees the state"},
    {"polite-block-pending", "PRES-08", "who is politely blocked is told that it is pending"},
    {"notify-not-paced", "PRES-14", "each change is notified at once"},
    {"pres-uri-refused", "PRES-17", "a pres URI is answered 416"},
    // RFC 3857, 3858
    {"winfo-open", "WIF-04", "everybody may see who watches"},
    {"fetch-forgotten", "WIF-09", "the presentity does not learn of an undecided fetch"},
    {"winfo-refresh-partial", "WIF-11", "a refresh is followed by a partial document"},
    {"winfo-never-partial", "WIF-11", "every document is a full one"},
    {"watcher-status-wrong", "WIF-05", "a pending watcher is shown as active"},
    {"winfo-version-from-1", "WIX-02", "the first version is 1"},
    {"winfo-version-stands-still", "WIX-06 EVT-36", "each document has the same version"},
    {"watcher-id-changes", "WIX-04", "a watcher has another id in each document"},
    {"from-is-identity", "WIX-07 TS29A-08", "a watcher is who From says, whatever was asserted"},
    // RFC 3863
    {"utf8-mislabelled", "PDF-01", "documents in UTF-8 say that they are in ISO-8859-1"},
    {"namespace-unchecked", "PDF-02", "a document of another namespace is taken"},
    {"entity-wrong", "PDF-03", "documents are about somebody else"},
    {"timestamp-lower-case", "PDF-09", "timestamps have a small t"},
    {"extensions-dropped", "PDF-11", "elements of other namespaces are dropped"},
    // RFC 3680, third-party REGISTER
    {"register-by-anybody", "TS29A-02", "third-party REGISTER is taken from outside the trust domain"},
    {"register-shortened", "REG-06 REG-07 TS29A-02", "the 200 to REGISTER has half the interval"},
    {"registration-never-ends", "REG-08", "a registration does not end with its interval"},
    {"deregistration-ignored", "REG-08 TS29A-02", "a REGISTER with Expires 0 registers"},
    {"registration-state-missing", "REG-08", "what the network says has no registration-state"},
    // TS 29.328
    {"unknown-user-served", "SH-11", "a user whom the HSS does not know is served"},
    {"aliases-apart", "SH-08", "each public identity of a user is a presentity of its own"},
    {"profile-kept", "SH-29", "a service profile that is deleted in the HSS stays in force"},
    {"user-state-once", "SH-30", "changes of the IMS user state are not looked at"},
    {"unregistered-services-registered", "SH-31", "who has services while unregistered counts as registered"},
    {"hss-waited-for", "SH-40", "requests wait for the HSS however long that takes"},
    {"no-data-unknown", "SH-10", "a user of whom the HSS has no repository data is unknown"},
    // TS 24.229 5.7
    {"served-user-ignored", "TS29A-06 PHD-07", "P-Served-User is not looked at"},
    {"outside-told-all", "PHD-02 PHD-04 AAA-02",
     "what is sent out of the trust domain has charging, access network and identity like what stays inside"},
    {"orig-ioi-passed-on", "TS29A-04", "NOTIFY has the orig-ioi of the SUBSCRIBE instead of ours"},
    {"term-ioi-missing", "TS29A-18", "answers have no term-ioi"},
    {"route-dropped", "TS29A-22 TS29A-23", "all of Route is taken for ours, the original dialog identifier too"},
    {"max-forwards-not-lowered", "TS29A-22", "a request is passed on with the Max-Forwards that it came with"},
});

std::string_view& chosen() {
  static std::string_view id;
  return id;
}

bool exists(std::string_view id) {
  return std::ranges::any_of(kMutants, [id](const Mutant& mutant) { return mutant.id == id; });
}

}  // namespace

std::span<const Mutant> mutants() { return kMutants; }

bool choose_mutant(std::string_view id) {
  const bool known = exists(id);
  if (known) chosen() = std::ranges::find(kMutants, id, &Mutant::id)->id;  // lives as long as the program
  return known;
}

bool is_chosen_mutant(std::string_view id) {
  PS_BUG(!exists(id), "a mutant that is not in the table");
  return id == chosen();
}

}  // namespace presentia::base

#endif
