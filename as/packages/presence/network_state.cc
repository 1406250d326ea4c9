#include "as/packages/presence/network_state.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "as/base/mutants.h"
#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/pidf_reader.h"
#include "as/xml/writer.h"

namespace presentia::presence {
namespace {

constexpr std::string_view kNetwork = "IMS";

std::string date_time(base::Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text.data();
}

std::uint64_t fnv(std::string_view text, std::uint64_t value) {
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return value;
}

// [RFC9562 5.8] A name for the device whose own is not known: always the same for one presentity, and no other's.
std::string unnamed_device(std::string_view resource) {
  const std::uint64_t high = (fnv(resource, 0xCBF29CE484222325ULL) & ~0xF000ULL) | 0x8000ULL;
  const std::uint64_t low = (fnv(resource, high) & ~(3ULL << 62U)) | (2ULL << 62U);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "urn:uuid:%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
                static_cast<unsigned>((high >> 16U) & 0xFFFFU), static_cast<unsigned>(high & 0xFFFFU),
                static_cast<unsigned>(low >> 48U), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text.data();
}

class NetworkWriter {
 public:
  explicit NetworkWriter(const event::NetworkView& view)
      : view_(view), since_(date_time(view.since)), state_(view.registered ? "active" : "terminated") {}

  std::string write() {
    out_.begin(kPidf, "presence").attribute("entity", uri_text(view_.resource));
    write_tuple();
    if (view_.instances.empty()) write_device("ims-device", unnamed_device(view_.resource));
    for (std::size_t i = 0; i < view_.instances.size(); ++i)
      write_device("ims-device-" + std::to_string(i + 1), uri_text(view_.instances[i]));
    return out_.end().finish();
  }

 private:
  void write_tuple() {
    const bool open =
        view_.registered && view_.settings.config().registration().registered_status() == config::Registration::OPEN;
    out_.begin(kPidf, "tuple").attribute("id", "ims-registration").begin(kPidf, "status");
    out_.element(kPidf, "basic", open ? "open" : "closed").end();
    if (!PS_MUTANT("registration-state-missing")) out_.element(kOmaPresence, "registration-state", state_);
    // So it merges with what is published about this very address, and with nothing else.
    out_.element(kPidf, "contact", uri_text(view_.resource)).element(kPidf, "timestamp", since_).end();
  }

  void write_device(const std::string& id, const std::string& urn) {
    out_.begin(kDataModel, "device").attribute("id", id);
    out_.begin(kOmaPresence, "network-availability").begin(kOmaPresence, "network").attribute("id", kNetwork);
    out_.begin(kOmaPresence, state_).end().end().end();
    out_.element(kDataModel, "deviceID", urn).element(kDataModel, "timestamp", since_).end();
  }

  const event::NetworkView& view_;
  xml::Writer out_{kUsualPrefixes};
  std::string since_;
  std::string_view state_;
};

}  // namespace

std::string write_network_state(const event::NetworkView& view) { return NetworkWriter(view).write(); }

}  // namespace presentia::presence
