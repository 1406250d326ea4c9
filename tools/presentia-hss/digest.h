// HTTP digest as an HSS and an S-CSCF share it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace presentia::hss {

// H(A1) with MD5, in hexadecimal: what an HSS gives instead of a password [RFC7616 3.4.2, TS29.229 6.3.41].
[[nodiscard]] std::string digest_ha1(std::string_view user, std::string_view realm, std::string_view password);

}  // namespace presentia::hss
