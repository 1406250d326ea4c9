#include "as/packages/reg/reginfo.h"

#include <charconv>
#include <utility>

#include "as/base/uri.h"
#include "as/packages/reg/thread_reader.h"
#include "as/xml/compare.h"

namespace presentia::reg {
namespace {

constexpr std::string_view kReginfo = "urn:ietf:params:xml:ns:reginfo";
constexpr xml::Limits kLimits{.max_depth = 16, .max_elements = 5000, .max_attributes = 32};

base::Unexpected<std::string> refused(const char* reason) { return base::Unexpected{std::string(reason)}; }

// [RFC3680 5.1] A number of 32 bits.
std::optional<std::uint32_t> version_of(xml::Element root) {
  const std::string_view text = xml::trimmed(root.attribute("version").value_or(""));
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return version;
}

}  // namespace

base::Result<Reginfo::Taken, std::string> Reginfo::take(std::string_view body) {
  auto tree = thread_reader().parse(body, kLimits);
  if (!tree) return base::Unexpected{std::move(tree).error().reason};
  const xml::Element root = (*tree)->root();
  if (!root.is(kReginfo, "reginfo")) return refused("reginfo.root");
  const auto version = version_of(root);
  if (!version) return refused("reginfo.version");
  const std::string_view state = xml::trimmed(root.attribute("state").value_or(""));
  if (state != "full" && state != "partial") return refused("reginfo.state");
  if (version_ && *version <= *version_) return Taken::stale;

  Table next = state == "full" ? Table() : registrations_;
  for (const xml::Element child : root.children()) {
    if (!child.is(kReginfo, "registration")) continue;
    const auto id = child.attribute("id");
    auto aor = base::normal_form(xml::trimmed(child.attribute("aor").value_or("")));
    const std::string_view is = xml::trimmed(child.attribute("state").value_or(""));
    if (!id || !aor || (is != "init" && is != "active" && is != "terminated")) return refused("reginfo.registration");
    next[std::string(*id)] = {*std::move(aor), is == "active"};
    if (next.size() > kMostRegistrations) return refused("reginfo.too-many");
  }
  const bool gap = version_ ? *version - *version_ > 1 : state == "partial";
  version_ = *version;
  registrations_ = std::move(next);
  return gap ? Taken::gap : Taken::all;
}

std::optional<bool> Reginfo::registered(const std::string& aor) const {
  std::optional<bool> found;
  for (const auto& [id, registration] : registrations_) {
    if (registration.aor == aor) found = found.value_or(false) || registration.active;
  }
  return found;
}

void Reginfo::reset() {
  version_.reset();
  registrations_.clear();
}

}  // namespace presentia::reg
