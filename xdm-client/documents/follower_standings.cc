// What an operator is told of documents beside what the core knows.
#include "xdm-client/documents/follower.h"

namespace presentia::xdm {

std::vector<ports::DocumentStanding> Follower::standings(const std::vector<std::string>& documents) {
  const bool polls = has_roots() && xdm().poll_s() > 0;
  std::vector<ports::DocumentStanding> standings;
  for (const std::string& name : documents) {
    const Document* const document = documents_.find(name);
    if (document == nullptr) continue;
    ports::DocumentStanding& standing = standings.emplace_back(ports::DocumentStanding{name});
    standing.following = document->covered ? ports::Following::xcap_diff
                         : polls           ? ports::Following::polling
                                           : ports::Following::none;
    standing.stale = document->status() == Document::Status::stale;
    standing.why = document->why;
    if (has_roots() && document->good_at != base::Instant{}) standing.confirmed_at = document->good_at;
  }
  return standings;
}

}  // namespace presentia::xdm
