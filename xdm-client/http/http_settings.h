// What an operator sets about the HTTP side of XCAP. A value: the client asks for the one in force and keeps none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"

namespace presentia::xdm {

// How a server learns on whose behalf we ask, or who we are.
enum class IdentityMode : std::uint8_t {
  none,
  asserted_3gpp,  // X-3GPP-Asserted-Identity [TS24.109]
  asserted_xcap,  // X-XCAP-Asserted-Identity [OMA-XDM-Core 6.3]
  digest,         // our own user and password [RFC7616]; no identity of others is sent
};

enum class TlsVersion : std::uint8_t { v1_2, v1_3 };

struct TlsSettings {
  std::string ca_file;                     // PEM; empty: the authorities of the system
  std::string certificate_file, key_file;  // PEM, ours; both or none
  TlsVersion min_version = TlsVersion::v1_2;
  bool check_host_name = true;  // against the host of the root
  bool operator==(const TlsSettings&) const = default;
};

struct HttpSettings {
  std::vector<std::string> roots{};  // XCAP roots, http or https, the preferred one first [RFC4825 6.1]
  IdentityMode identity = IdentityMode::none;
  std::string user{}, password{};  // of digest
  TlsSettings tls{};

  std::size_t workers = 4;               // threads; one exchange each
  std::size_t max_queue = 1024;          // requests that wait for one
  std::size_t idle_per_root = 4;         // connections kept for the next request
  base::Millis idle_timeout{30'000};     // then they are closed
  std::size_t max_body_bytes = 1 << 20;  // of an answer
  std::size_t max_head_bytes = 32 << 10;

  base::Millis connect_timeout{1000};  // one address, TLS included
  base::Millis send_timeout{1000};
  base::Millis first_byte_timeout{1500};
  base::Seconds name_lifetime{60};  // then a host is looked up again

  base::Millis backoff_first{500};  // how long a failed root is left alone; doubles with each failure
  base::Millis backoff_max{60'000};
  int backoff_jitter_percent = 20;  // up to so much less, so that many clients do not return together
  base::Seconds max_retry_after{300};
};

// The settings in force. Called for every request, on threads of the client; never null.
using SettingsSource = std::function<std::shared_ptr<const HttpSettings>()>;

// What makes them unusable, for the one who sets them; the client itself answers requests with a failure then.
[[nodiscard]] base::Result<base::Done> check(const HttpSettings& settings);

}  // namespace presentia::xdm
