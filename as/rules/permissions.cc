#include "as/rules/permissions.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace presentia::rules {
namespace {

constexpr std::array<std::string_view, 4> kHandlings{"block", "confirm", "polite-block", "allow"};
constexpr std::array<std::string_view, 4> kUserInputs{"false", "bare", "thresholds", "full"};
constexpr std::array<std::string_view, 6> kSelectors{"class",       "occurrence-id",      "deviceID",
                                                     "service-uri", "service-uri-scheme", "service-id"};

template <class T>
void insert(std::vector<T>& set, T value) {
  const auto at = std::lower_bound(set.begin(), set.end(), value);
  if (at == set.end() || *at != value) set.insert(at, std::move(value));
}

constexpr std::uint32_t bit(Attribute attribute) { return std::uint32_t{1} << static_cast<unsigned>(attribute); }

// Key: handling, user input, '*' for all attributes or their bits in hex; then the sets, each after its letter. Values
// have their length before them, so that no value can look like something else.
void put(std::string& out, std::string_view value) { out.append(std::to_string(value.size())).append(1, ':') += value; }

void put(std::string& out, char kind, const Components& components) {
  out += kind;
  if (components.all) out += '*';
  for (const Selector& selector : components.only) {
    out += static_cast<char>('A' + static_cast<int>(selector.by));
    put(out, selector.value);
  }
}

// Takes a key apart from the front; a failure sticks.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool take(char c) {
    const bool there = !rest_.empty() && rest_.front() == c;
    if (there) rest_.remove_prefix(1);
    return there;
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  // Below `end`, counted from `first`.
  unsigned one_of(char first, unsigned end) {
    const unsigned found = rest_.empty() ? end : static_cast<unsigned char>(rest_.front()) - unsigned(first);
    ok_ = ok_ && found < end;
    if (ok_) rest_.remove_prefix(1);
    return ok_ ? found : 0;
  }
  [[nodiscard]] bool at(char first, unsigned end) const {
    return ok_ && !rest_.empty() && static_cast<unsigned char>(rest_.front()) - unsigned(first) < end;
  }
  template <class T>
  T number(int base) {
    T value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    ok_ = ok_ && error == std::errc{};
    if (ok_) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::string value() {
    const auto length = number<std::size_t>(10);
    expect(':');
    ok_ = ok_ && length <= rest_.size();
    if (!ok_) return {};
    std::string taken(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void read(Scanner& in, char kind, Components& into) {
  in.expect(kind);
  if (in.take('*')) into.add_all();
  while (in.at('A', kSelectors.size())) {
    const auto by = static_cast<Selector::By>(in.one_of('A', kSelectors.size()));
    into.add({by, in.value()});
  }
}

}  // namespace

void Components::add(Selector selector) {
  if (!all) insert(only, std::move(selector));
}

void Components::add(const Components& more) {
  if (more.all) add_all();
  for (const Selector& selector : more.only) add(selector);
}

void Components::add_all() {
  all = true;
  only.clear();
}

void Permissions::grant(Attribute attribute) {
  if (!all_attributes) attributes |= bit(attribute);
}

void Permissions::grant(UserInput level) {
  if (!all_attributes) user_input = std::max(user_input, level);
}

void Permissions::grant_unknown(QualifiedName name) {
  if (!all_attributes) insert(unknown, std::move(name));
}

// A permission for each attribute there is, also for those that nobody knows yet [RFC5025 3.3.2.15].
void Permissions::grant_all_attributes() {
  all_attributes = true;
  user_input = UserInput::none;
  attributes = 0;
  unknown.clear();
}

void Permissions::add(const Permissions& more) {
  handling = std::max(handling, more.handling);
  if (more.all_attributes) grant_all_attributes();
  if (!all_attributes) {
    attributes |= more.attributes;
    grant(more.user_input);
    for (const QualifiedName& name : more.unknown) grant_unknown(name);
  }
  services.add(more.services);
  persons.add(more.persons);
  devices.add(more.devices);
}

bool Permissions::shows(Attribute attribute) const { return all_attributes || (attributes & bit(attribute)) != 0; }

bool Permissions::shows_unknown(std::string_view ns, std::string_view local) const {
  return all_attributes || std::any_of(unknown.begin(), unknown.end(),
                                       [&](const QualifiedName& name) { return name.local == local && name.ns == ns; });
}

std::string Permissions::key() const {
  std::string out;
  out += static_cast<char>('0' + static_cast<int>(handling));
  out += static_cast<char>('0' + static_cast<int>(user_input));
  if (all_attributes) {
    out += '*';
  } else {
    std::array<char, 8> hex{};
    out.append(hex.data(), std::to_chars(hex.data(), hex.data() + hex.size(), attributes, 16).ptr);
  }
  out += 'u';
  for (const QualifiedName& name : unknown) {
    out += 'n';
    put(out, name.ns);
    put(out, name.local);
  }
  put(out, 's', services);
  put(out, 'p', persons);
  put(out, 'd', devices);
  return out;
}

std::optional<Permissions> Permissions::from_key(std::string_view key) {
  Scanner in(key);
  Permissions made;
  made.handling = static_cast<SubHandling>(in.one_of('0', kHandlings.size()));
  made.user_input = static_cast<UserInput>(in.one_of('0', kUserInputs.size()));
  if (in.take('*')) {
    made.all_attributes = true;
  } else {
    made.attributes = in.number<std::uint32_t>(16);
  }
  in.expect('u');
  while (in.take('n')) {
    std::string ns = in.value();
    made.grant_unknown({std::move(ns), in.value()});
  }
  read(in, 's', made.services);
  read(in, 'p', made.persons);
  read(in, 'd', made.devices);
  if (!in.ok() || !in.done() || made.key() != key) return std::nullopt;
  return made;
}

std::string_view name_of(SubHandling handling) { return kHandlings[static_cast<std::size_t>(handling)]; }
std::string_view name_of(UserInput level) { return kUserInputs[static_cast<std::size_t>(level)]; }
std::string_view name_of(Selector::By by) { return kSelectors[static_cast<std::size_t>(by)]; }

}  // namespace presentia::rules
