#include "tools/presentiactl/documents.h"

#include <algorithm>
#include <iostream>

#include "tools/presentiactl/output.h"

namespace presentia::ctl {
namespace {

using management::FollowedDocument;

constexpr std::uint32_t kPage = 1000;

// All pages up to the limit, as one.
Client::Outcome list_pages(Client& client, const Options& options, management::ListDocumentsResponse& all) {
  management::ListDocumentsRequest request;
  request.set_prefix(options.path);
  request.set_state(options.state);
  std::uint32_t room = options.most;  // 0: there is no limit
  do {
    request.set_limit(options.most == 0 ? kPage : std::min(kPage, room));
    management::ListDocumentsResponse page;
    if (auto failure = client.call(request, page)) return failure;
    room -= static_cast<std::uint32_t>(page.documents_size());
    all.mutable_documents()->MergeFrom(page.documents());
    all.set_cursor(page.cursor());
    request.set_cursor(page.cursor());
  } while (!request.cursor().empty() && (options.most == 0 || room > 0));
  return std::nullopt;
}

std::string name_of(const FollowedDocument& document) {
  return document.document() + (document.node().empty() ? "" : "/~~/" + document.node());
}

std::string seconds(bool known, const google::protobuf::Duration& time) {
  return known ? std::to_string(time.seconds()) + " s" : "-";
}

std::string note_of(const FollowedDocument& one) {
  if (one.state() != "bad") return one.why().empty() ? "" : name_of(one) + ": " + one.why() + "\n";
  return name_of(one) + ": its newest text cannot be read: " + one.why() +
         (one.last_good() ? "; the last good one is in force\n" : "; none is in force\n");
}

std::string documents_text(const management::ListDocumentsResponse& all) {
  std::vector<std::vector<std::string>> rows{
      {"DOCUMENT", "STATE", "ETAG", "READ", "CONFIRMED", "FOLLOWED BY", "PRESENTITIES"}};
  std::string notes;
  for (const FollowedDocument& one : all.documents()) {
    rows.push_back({name_of(one), one.state(), one.etag().empty() ? "-" : one.etag(), seconds(one.has_age(), one.age()),
                    seconds(one.has_confirmed_since(), one.confirmed_since()), one.following(),
                    std::to_string(one.presentities())});
    notes += note_of(one);
  }
  return rows.size() == 1 ? "nothing\n" : table(rows) + notes;
}

}  // namespace

int list_documents(Client& client, const Options& options) {
  management::ListDocumentsResponse all;
  if (const auto failure = list_pages(client, options, all)) return report(*failure, options.json);
  std::cout << (options.json ? json(all) : documents_text(all));
  if (!options.json && !all.cursor().empty()) std::cerr << "there may be more: --limit 0 shows all\n";
  return kDone;
}

int invalidate(Client& client, const Options& options) {
  management::InvalidateRequest request;
  management::InvalidateResponse response;
  request.set_path(options.path);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
  } else {
    std::cout << "documents that are looked at again: " << response.documents() << "\n";
  }
  return kDone;
}

std::vector<std::string> document_states() { return {"good", "absent", "bad", "stale", "unavailable", "waiting"}; }

}  // namespace presentia::ctl
