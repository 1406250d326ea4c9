#include "as/runtime/inspector.h"

#include <future>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include "as/runtime/explain.h"
#include "as/runtime/inspect_documents.h"

namespace presentia::runtime {
namespace {

using ports::InspectError;
using ports::InspectTrouble;
using Open = std::shared_ptr<std::atomic<std::size_t>>;

base::Unexpected<InspectError> failed(InspectTrouble trouble, std::string text) {
  return base::Unexpected{InspectError{trouble, std::move(text)}};
}

template <class Answer>
ports::Inspected<Answer> wait(std::future<Answer>& answer, std::chrono::steady_clock::time_point deadline) {
  if (answer.wait_until(deadline) != std::future_status::ready)
    return failed(InspectTrouble::late, "no answer in time");
  try {
    return answer.get();
  } catch (const std::future_error&) {  // whoever was to answer is gone
    return failed(InspectTrouble::unserved, "the server stops");
  }
}

// Counts one open question from its making to its end.
class Ticket {
 public:
  explicit Ticket(Open open) : open_(std::move(open)), number_(open_->fetch_add(1) + 1) {}
  ~Ticket() { open_->fetch_sub(1); }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  Open open_;
  std::size_t number_;
};

// Where the listing goes on after a shard has nothing left; nullopt: nowhere.
std::optional<ListCursor> next_shard(const ports::ListQuestion& question, base::Partition partition,
                                     std::uint16_t shards) {
  const int next = partition % shards + 1;
  if (names_one(question) || next == shards) return std::nullopt;
  return ListCursor{static_cast<base::Partition>(next), {}, false, 0};
}

std::optional<ListCursor> first_cursor(const ports::ListQuestion& question) {
  if (!question.cursor.empty()) return read_cursor(question.cursor);
  return ListCursor{names_one(question) ? base::partition_of(question.presentity) : base::Partition{0}, {}, false, 0};
}

void append(ports::ListPage& to, ports::ListPage from) {
  std::ranges::move(from.publications, std::back_inserter(to.publications));
  std::ranges::move(from.subscriptions, std::back_inserter(to.subscriptions));
  to.unserved += from.unserved;
}

std::size_t entries(const ports::ListPage& page) { return page.publications.size() + page.subscriptions.size(); }

}  // namespace

// The answer may come when nobody waits any more: it is then thrown away.
ports::Inspected<InspectAnswer> Inspector::ask(base::Partition partition, InspectQuestion question, Deadline deadline) {
  const auto ticket = std::make_shared<Ticket>(open_);
  if (ticket->number() > kMostOpen)
    return failed(InspectTrouble::busy, std::to_string(kMostOpen) + " questions wait for an answer already");
  auto promise = std::make_shared<std::promise<InspectAnswer>>();  // the inquiry's alone: it says if that is dropped
  auto answer = promise->get_future();
  auto inquiry = std::make_unique<Inquiry>(
      Inquiry{std::move(question),
              [promise = std::move(promise), ticket](InspectAnswer given) { promise->set_value(std::move(given)); }});
  if (!exchange_.post(partition, base::Lane::completion, InspectWork{std::move(inquiry)}))
    return failed(InspectTrouble::unserved, "the server stops");
  auto given = wait(answer, deadline);
  if (!given) return given;
  if (auto* error = std::get_if<InspectError>(&*given)) return base::Unexpected{std::move(*error)};
  return given;
}

template <class Answer, class Question>
ports::Inspected<Answer> Inspector::ask_home(const ports::Resource& presentity, Question question,
                                             base::Millis within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  auto given = ask(base::partition_of(presentity), std::move(question), deadline);
  if (!given) return base::Unexpected{std::move(given).error()};
  return std::get<Answer>(*std::move(given));
}

ports::Inspected<ports::ListPage> Inspector::list(const ports::ListQuestion& question, base::Millis within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  const std::optional<ListCursor> first = first_cursor(question);
  if (!first) return failed(InspectTrouble::unknown, "the cursor is of no page");
  std::optional<ListCursor> at = first;
  ports::ListPage page;
  while (at && entries(page) < question.limit) {
    ListSlice slice{question, *at};
    slice.question.limit = question.limit - entries(page);
    auto given = ask(at->partition, std::move(slice), deadline);
    if (!given && given.error().trouble == InspectTrouble::late && *at != *first)
      break;  // the rest on the next page, even if this one is empty
    if (!given) return base::Unexpected{std::move(given).error()};
    auto& listed = std::get<ListedSlice>(*given);
    append(page, std::move(listed.page));
    at = listed.next ? std::move(listed.next) : next_shard(question, at->partition, shards_);
  }
  if (at) page.cursor = to_text(*at);
  return page;
}

ports::Inspected<ports::DocumentsPage> Inspector::documents(const ports::DocumentsQuestion& question,
                                                            base::Millis within) {
  const Deadline deadline = std::chrono::steady_clock::now() + within;
  const auto first = question.cursor.empty() ? DocumentsCursor{} : read_documents_cursor(question.cursor);
  if (!first || first->shard >= shards_) return failed(InspectTrouble::unknown, "the cursor is of no page");
  std::optional<DocumentsCursor> at = first;
  ports::DocumentsPage page;
  while (at && page.documents.size() < question.limit) {
    const std::uint16_t shard = at->shard;
    auto part = documents_part({question, *at}, deadline);
    if (!part && part.error().trouble == InspectTrouble::late && *at != *first)
      break;  // the rest on the next page, even if this one is empty
    if (!part) return base::Unexpected{std::move(part).error()};
    at = std::move(part->next);
    if (!at && shard + 1 < shards_) at = DocumentsCursor{static_cast<std::uint16_t>(shard + 1)};
    if (!add_wanted(page, std::move(part->documents), question)) at = DocumentsCursor{shard, page.documents.back().key};
  }
  if (at) page.cursor = to_text(*at);
  return page;
}

ports::Inspected<DocumentsListed> Inspector::documents_part(const DocumentsSlice& slice, Deadline deadline) {
  auto given = ask(base::Partition{slice.from.shard}, slice, deadline);
  if (!given) return base::Unexpected{std::move(given).error()};
  auto& listed = std::get<DocumentsListed>(*given);
  if (source_ == nullptr || listed.documents.empty()) return std::move(listed);
  auto promise = std::make_shared<std::promise<std::vector<ports::DocumentStanding>>>();
  auto answer = promise->get_future();
  source_->standings(names_of(listed.documents),
                     [promise = std::move(promise)](std::vector<ports::DocumentStanding> told) {
                       promise->set_value(std::move(told));
                     });
  const auto standings = wait(answer, deadline);
  if (!standings) return base::Unexpected{standings.error()};
  stand(listed.documents, *standings);
  return std::move(listed);
}

ports::Inspected<ports::PresentityInfo> Inspector::show(const ports::Resource& presentity, base::Millis within) {
  return ask_home<ports::PresentityInfo>(presentity, ShowQuestion{presentity}, within);
}

ports::Inspected<ports::ExplainInfo> Inspector::explain(const ports::ExplainQuestion& question, base::Millis within) {
  auto order = order_of(question, packages_, *live_.snapshot());
  if (!order) return base::Unexpected{std::move(order).error()};
  return ask_home<ports::ExplainInfo>(question.presentity, *std::move(order), within);
}

ports::Inspected<std::size_t> Inspector::terminate(const ports::TerminateOrder& order, base::Millis within) {
  return ask_home<std::size_t>(order.presentity, order, within);
}

ports::Inspected<std::size_t> Inspector::drop(const ports::DropOrder& order, base::Millis within) {
  return ask_home<std::size_t>(order.presentity, order, within);
}

ports::Inspected<std::size_t> Inspector::renotify(const ports::RenotifyOrder& order, base::Millis within) {
  return ask_home<std::size_t>(order.presentity, order, within);
}

}  // namespace presentia::runtime
