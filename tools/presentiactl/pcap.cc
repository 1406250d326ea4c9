#include "tools/presentiactl/pcap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace presentia::ctl {
namespace {

constexpr std::uint32_t kMagic = 0xA1B2C3D4;  // times in microseconds; all in the byte order of the one who writes
constexpr std::uint16_t kMajor = 2, kMinor = 4;
constexpr std::uint32_t kLinkTypeRaw = 101;  // packets begin with their IP header
constexpr std::uint32_t kSnapLength = 262'144;
constexpr std::size_t kMostPacket = 65'535;  // of IPv4, and of IPv6 without jumbograms
constexpr std::uint8_t kUdp = 17, kHops = 64;
constexpr std::size_t kUdpHeader = 8;

struct End {
  std::string address;  // in network order: 4 or 16 bytes
  std::uint16_t port = 0;
};

// "192.0.2.1:5060" or "[2001:db8::1]:5060".
std::optional<End> end_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool v6 = host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  End end;
  end.address.resize(v6 ? 16 : 4);
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, host.c_str(), end.address.data()) != 1) return std::nullopt;
  end.port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
  return end;
}

template <class T>
void host_order(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void net16(std::string& to, std::size_t value) {
  to += static_cast<char>(value >> 8 & 0xFF);
  to += static_cast<char>(value & 0xFF);
}

std::uint32_t sum16(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (i % 2 == 0 ? 8 : 0);
  return sum;
}

// [RFC1071]
std::uint16_t checksum(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xFFFF);
}

std::string ip_header(const End& from, const End& to, std::size_t payload) {
  std::string header;
  if (from.address.size() == 16) {
    header += "\x60";
    header.append(3, '\0');
    net16(header, payload);
    header += static_cast<char>(kUdp);
    header += static_cast<char>(kHops);
    return header + from.address + to.address;
  }
  header += "\x45";
  header += '\0';
  net16(header, payload + 20);
  net16(header, 0);
  net16(header, 0x4000);  // not to be fragmented
  header += static_cast<char>(kHops);
  header += static_cast<char>(kUdp);
  net16(header, 0);
  header += from.address + to.address;
  const std::uint16_t sum = checksum(sum16(header));
  header[10] = static_cast<char>(sum >> 8);
  header[11] = static_cast<char>(sum & 0xFF);
  return header;
}

// Of IPv6 it must be there [RFC8200 8.1]; of bytes that are not here none can be told.
std::uint16_t udp_checksum(const End& from, const End& to, std::string_view udp, bool whole) {
  if (!whole) return 0;
  const auto length = static_cast<std::uint32_t>(udp.size());
  const std::uint16_t sum = checksum(sum16(from.address) + sum16(to.address) + kUdp + length + sum16(udp));
  return sum == 0 ? 0xFFFF : sum;
}

std::string udp_datagram(const End& from, const End& to, std::string_view text, std::size_t original) {
  std::string udp;
  net16(udp, from.port);
  net16(udp, to.port);
  net16(udp, original + kUdpHeader);
  net16(udp, 0);
  udp += text;
  const std::uint16_t sum = udp_checksum(from, to, udp, text.size() == original);
  udp[6] = static_cast<char>(sum >> 8);
  udp[7] = static_cast<char>(sum & 0xFF);
  return udp;
}

}  // namespace

Pcap::Pcap(const std::string& file) {
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made >= 0) {
    ::fchmod(made, 0600);  // an earlier one may have been for all
    ::close(made);
  }
  out_.open(file, std::ios::binary | std::ios::trunc);
  std::string header;
  host_order(header, kMagic);
  host_order(header, kMajor);
  host_order(header, kMinor);
  host_order(header, std::uint64_t{0});  // UTC
  host_order(header, kSnapLength);
  host_order(header, kLinkTypeRaw);
  out_ << header << std::flush;
}

bool Pcap::add(const management::TraceEvent& event) {
  const auto local = end_of(event.local()), remote = end_of(event.remote());
  if (!local || !remote || local->address.size() != remote->address.size()) return false;
  const End& from = event.sent() ? *local : *remote;
  const End& to = event.sent() ? *remote : *local;
  const std::size_t most = kMostPacket - kUdpHeader - (from.address.size() == 4 ? 20 : 0);
  const std::size_t original = std::min<std::size_t>(event.text().size() + event.cut_bytes(), most);
  const std::string_view text = std::string_view(event.text()).substr(0, original);
  const std::string udp = udp_datagram(from, to, text, original);
  const std::string packet = ip_header(from, to, original + kUdpHeader) + udp;
  const std::size_t missing = event.text().size() + event.cut_bytes() - text.size();
  std::string record;
  host_order(record, static_cast<std::uint32_t>(event.at().seconds()));
  host_order(record, static_cast<std::uint32_t>(event.at().nanos() / 1000));
  host_order(record, static_cast<std::uint32_t>(packet.size()));
  host_order(record, static_cast<std::uint32_t>(packet.size() + missing));
  out_ << record << packet << std::flush;
  return true;
}

}  // namespace presentia::ctl
