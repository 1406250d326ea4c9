// What answers mean for the document that they are about.
#include <memory>
#include <utility>

#include "xdm-client/documents/follower.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdm {

void Follower::answered(std::uint64_t ticket, HttpResult result, base::Instant now) {
  now_ = now;
  const auto found = asked_.find(ticket);
  if (found == asked_.end()) return;
  Document* const document = found->second;
  asked_.erase(found);
  if (document != nullptr) {
    document->ticket = 0;
    FetchAnswer answer = read_answer(xcap::auid_of(*document->name), document->asked_tag, std::move(result));
    metrics_.answered(answer);
    apply(*document, std::move(answer));
    if (std::exchange(document->again, false)) ask_once_more(*document);
    set_timer(*document);
    account(*document);
  }
  dispatch();
}

void Follower::apply(Document& document, FetchAnswer answer) {
  using Kind = FetchAnswer::Kind;
  switch (answer.kind) {
    case Kind::present:
      return take(document, std::move(answer));
    case Kind::unchanged:
      return unchanged(document);
    case Kind::doubtful:
      return ask_once_more(document);
    case Kind::absent:
      return gone(document);
    case Kind::failed:
    case Kind::refused:
      return failed(document, std::move(answer));
    case Kind::not_asked:
      return try_later(document, 1, base::Millis(0));
    case Kind::stopped:
      return;
  }
}

// A request without a condition, after the one under way if there is one.
void Follower::ask_once_more(Document& document) {
  document.whole = true;
  if (document.ticket != 0) {
    document.again = true;
  } else {
    want(document, Urgency::changed);
  }
}

void Follower::good(Document& document, Known known) {
  document.known = known;
  document.good_at = now_;
  document.failures = 0;
  document.why.clear();
  document.fetch_at.reset();
  document.is_retry = false;
  if (known == Known::present) return;
  document.tag.reset();
  document.type.clear();
  document.text = nullptr;
}

void Follower::take(Document& document, FetchAnswer answer) {
  good(document, Known::present);
  document.whole = false;
  document.tag = std::move(answer.tag);
  document.type = std::move(answer.type);
  document.patches = 0;
  const auto text = std::make_shared<const std::string>(std::move(answer.text));
  document.text = keeps_text(document) ? text : nullptr;
  show(document, text);
  check_expected(document);
}

void Follower::show(Document& document, const ports::SharedText& text) {
  if (!teller_.present(document, text, xml_limits())) metrics_.refused(kNotWellFormed);
}

// [RFC4825 7.11] What is held is what the server has.
void Follower::unchanged(Document& document) {
  if (document.known != Known::present) return ask_once_more(document);  // it became too old meanwhile
  good(document, Known::present);
  check_expected(document);
  if (document.owes_text()) want(document, Urgency::first);  // followed again meanwhile
}

// A report that came during the request may be of a newer version than the answer.
void Follower::check_expected(Document& document) {
  const auto expected = std::exchange(document.expected, std::nullopt);
  const bool is_other = expected && !(document.tag && xcap::weakly_equal(*expected, *document.tag));
  if (is_other) ask_once_more(document);
}

// [RFC4825 7.2] No failure: there is none, from now on.
void Follower::gone(Document& document) {
  good(document, Known::absent);
  document.whole = true;
  teller_.absent(document);
  if (std::exchange(document.expected, std::nullopt)) ask_once_more(document);
}

// [RFC4825 7.3] Says nothing about the document: what was last known counts on, for a time.
void Follower::failed(Document& document, FetchAnswer answer) {
  if (document.failures++ == 0) document.failing_since = now_;
  document.why = std::move(answer.why);
  try_later(document, document.failures, answer.ready_in);
  if (document.known == Known::nothing) {
    teller_.unavailable(document, document.why);
  } else if (is_too_old(document)) {
    lose(document);
  } else {
    teller_.waiting(document, document.why);
  }
}

void Follower::try_later(Document& document, std::uint32_t failures, base::Millis ready_in) {
  if (std::exchange(document.expected, std::nullopt)) document.whole = true;
  document.fetch_at =
      now_ + times_.retry(failures, base::Millis(xdm().retry_first_ms()), base::Millis(xdm().retry_max_ms()), ready_in);
  document.is_retry = true;
}

bool Follower::is_too_old(const Document& document) const {
  if (document.failures == 0 || document.known == Known::nothing) return false;
  return now_ >= document.failing_since + base::Seconds(settings_->config().rules().cache().stale_s());
}

void Follower::lose(Document& document) {
  document.known = Known::nothing;
  document.whole = true;
  document.tag.reset();
  document.type.clear();
  document.text = nullptr;
  teller_.unavailable(document, document.why);
}

}  // namespace presentia::xdm
