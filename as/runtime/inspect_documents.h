// The documents of others as operators are shown them: what a shard holds of them, and what their source knows beside.
// Pure.
#pragma once

#include <vector>

#include "as/ports/documents.h"
#include "as/ports/inspection.h"
#include "as/runtime/document_table.h"
#include "as/runtime/inquiry.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

// Looks at a bounded number of documents. Where a state is asked for, those are left out that cannot be in it.
[[nodiscard]] DocumentsListed list_documents(const DocumentTable& table, const DocumentsSlice& slice,
                                             const mgmt::Snapshot& settings);

// Those to ask their source about, each once.
[[nodiscard]] std::vector<std::string> names_of(const std::vector<ports::FollowedDocument>& documents);
// Adds what it said.
void stand(std::vector<ports::FollowedDocument>& documents, const std::vector<ports::DocumentStanding>& standings);

// Those in the state that is asked for go to the page as long as there is room. False if one was left out.
[[nodiscard]] bool add_wanted(ports::DocumentsPage& page, std::vector<ports::FollowedDocument> documents,
                              const ports::DocumentsQuestion& question);

}  // namespace presentia::runtime
