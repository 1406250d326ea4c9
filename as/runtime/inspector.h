// The operator's door to the shards: puts questions into their inboxes and waits for the answers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "as/event/packages.h"
#include "as/ports/inspection.h"
#include "as/runtime/inspect.h"
#include "as/runtime/tails.h"
#include "as/runtime/work.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class Inspector final : public ports::Inspection {
 public:
  // `shards`: how many there are; `tails`: what they tell. The references outlive it.
  Inspector(Exchange& exchange, std::uint16_t shards, Tails& tails, const event::Packages& packages,
            const mgmt::Live& live)
      : exchange_(exchange), shards_(shards), tails_(tails), packages_(packages), live_(live) {}

  // Where documents of others come from; before the first question. Without: there are none.
  void connect(ports::Documents& documents) { source_ = &documents; }

  [[nodiscard]] ports::Inspected<ports::ListPage> list(const ports::ListQuestion& question,
                                                       base::Millis within) override;
  [[nodiscard]] ports::Inspected<ports::PresentityInfo> show(const ports::Resource& presentity,
                                                             base::Millis within) override;
  [[nodiscard]] ports::Inspected<ports::DocumentsPage> documents(const ports::DocumentsQuestion& question,
                                                                 base::Millis within) override;
  [[nodiscard]] ports::Inspected<ports::ExplainInfo> explain(const ports::ExplainQuestion& question,
                                                             base::Millis within) override;
  [[nodiscard]] ports::Inspected<std::size_t> terminate(const ports::TerminateOrder& order,
                                                        base::Millis within) override;
  [[nodiscard]] ports::Inspected<std::size_t> drop(const ports::DropOrder& order, base::Millis within) override;
  [[nodiscard]] ports::Inspected<std::size_t> renotify(const ports::RenotifyOrder& order, base::Millis within) override;
  [[nodiscard]] ports::Inspected<std::unique_ptr<ports::EventTail>> tail() override { return tails_.open(); }

  // Questions to shards without an answer at the same time, those that nobody waits for any more among them.
  static constexpr std::size_t kMostOpen = 16;

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  [[nodiscard]] ports::Inspected<InspectAnswer> ask(base::Partition partition, InspectQuestion question,
                                                    Deadline deadline);
  // A part of what a shard holds, with what the source of the documents knows of it.
  [[nodiscard]] ports::Inspected<DocumentsListed> documents_part(const DocumentsSlice& slice, Deadline deadline);
  template <class Answer, class Question>
  [[nodiscard]] ports::Inspected<Answer> ask_home(const ports::Resource& presentity, Question question,
                                                  base::Millis within);

  Exchange& exchange_;
  const std::uint16_t shards_;
  Tails& tails_;
  const event::Packages& packages_;
  const mgmt::Live& live_;
  ports::Documents* source_ = nullptr;
  const std::shared_ptr<std::atomic<std::size_t>> open_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace presentia::runtime
