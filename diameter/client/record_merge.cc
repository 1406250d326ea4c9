#include "diameter/client/record_merge.h"

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace presentia::diameter {
namespace {

template <class T>
void merge(std::vector<T>& into, std::vector<T> more) {
  into.insert(into.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}
template <class T>
void merge(std::optional<T>& into, std::optional<T> more) {
  if (more) into = std::move(more);
}

}  // namespace

void merge(ports::SubscriberRecord& into, ports::SubscriberRecord more) {
  merge(into.public_identities, std::move(more.public_identities));
  merge(into.msisdns, std::move(more.msisdns));
  merge(into.registered_identities, std::move(more.registered_identities));
  merge(into.implicit_identities, std::move(more.implicit_identities));
  merge(into.all_identities, std::move(more.all_identities));
  merge(into.alias_identities, std::move(more.alias_identities));
  merge(into.repository_data, std::move(more.repository_data));
  merge(into.aliases_repository_data, std::move(more.aliases_repository_data));
  merge(into.ims_user_state, more.ims_user_state);
  merge(into.scscf_name, std::move(more.scscf_name));
  merge(into.initial_filter_criteria, std::move(more.initial_filter_criteria));
  merge(into.charging, std::move(more.charging));
  merge(into.psi_active, more.psi_active);
  merge(into.dsai, std::move(more.dsai));
  merge(into.cs_location, std::move(more.cs_location));
  merge(into.ps_location, std::move(more.ps_location));
  merge(into.cs_user_state, more.cs_user_state);
  merge(into.ps_user_state, more.ps_user_state);
  merge(into.documents, std::move(more.documents));
}

}  // namespace presentia::diameter
