#include "tools/presentia-xdms/access.h"

#include <algorithm>

#include "as/base/uri.h"
#include "as/sip/grammar.h"

namespace presentia::xdms {
namespace {

bool is_one_of(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

Identities asserted(std::string_view header) {
  Identities identities;
  for (const std::string_view element : sip::split_list(header))
    if (auto identity = base::normal_form(sip::unquote(element))) identities.push_back(std::move(*identity));
  return identities;
}

bool owns(const Identities& who, std::string_view xui) {
  const auto owner = base::normal_form(xui);
  return owner && is_one_of(who, *owner);
}

bool may_read(const Access& access, const Identities& who, const xcap::DocumentSelector& what) {
  const bool is_super = access.open || std::ranges::any_of(who, [&](const std::string& one) {
                          return is_one_of(access.super_users, one);
                        });
  if (is_super) return true;
  return what.xui ? owns(who, *what.xui) : what.auid != "rls-services";
}

bool may_write(const Access& access, const Identities& who, const xcap::DocumentSelector& what) {
  return access.open || (what.xui && owns(who, *what.xui));
}

}  // namespace presentia::xdms
