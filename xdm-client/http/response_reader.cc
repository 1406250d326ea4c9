// read_response() of http_message.h.
#include <Poco/Exception.h>
#include <Poco/String.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <sstream>
#include <utility>

#include "xdm-client/http/http_message.h"

namespace presentia::xdm {
namespace {

namespace net = Poco::Net;

constexpr int kMostInterim = 8;
constexpr std::size_t kPiece = 16 << 10;
constexpr std::string_view kStart = "HTTP/1.";

template <class T>
using Read = base::Result<T, HttpFailure>;

base::Unexpected<HttpFailure> failure(FailureKind kind, std::string text) {
  return base::Unexpected{HttpFailure{kind, std::move(text), true, {}}};
}
base::Unexpected<HttpFailure> malformed(std::string text) { return failure(FailureKind::malformed, std::move(text)); }

// All values of a header, none left out.
std::vector<std::string> values(const net::HTTPResponse& head, const std::string& wanted) {
  std::vector<std::string> found;
  for (const auto& [name, value] : head) {
    if (Poco::icompare(name, wanted) == 0) found.push_back(Poco::trim(value));
  }
  return found;
}

// The whole of `text` as a number of `base`; absent if it is none, or too large for any body.
std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class ResponseReader {
 public:
  ResponseReader(Connection& connection, const HttpSettings& settings, Moment whole)
      : connection_(connection), settings_(settings), whole_(whole) {}

  Read<Response> read() {
    const Limit first = limit(settings_.first_byte_timeout, FailureKind::first_byte_deadline, whole_);
    if (auto filled = fill(first); !filled) return base::Unexpected{std::move(filled).error()};
    for (int interim = 0; interim <= kMostInterim; ++interim) {
      Response response;
      if (auto head = read_head(response); !head) return base::Unexpected{std::move(head).error()};
      if (response.status >= 200) return finish(std::move(response));
    }
    return malformed("too many interim answers");
  }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  // More bytes into the buffer; the end of the connection is an error.
  Read<base::Done> fill(Limit until) {
    auto got = fill_or_end(until);
    if (!got) return base::Unexpected{std::move(got).error()};
    if (!*got) return failure(FailureKind::connection_lost, "closed before the end of the answer");
    return base::Done{};
  }
  // False: the server closed in order.
  Read<bool> fill_or_end(Limit until) {
    std::array<char, kPiece> piece{};
    auto got = connection_.receive(piece, until.at);
    if (!got) return base::Unexpected{failure_of(got.error(), until.kind, true)};
    buffer_.append(piece.data(), *got);
    begun_ = begun_ || *got > 0;
    return *got > 0;
  }
  [[nodiscard]] Limit whole() const { return {whole_, FailureKind::whole_deadline}; }

  Read<base::Done> read_head(Response& response) {
    std::size_t end = 0;
    while ((end = head_end()) == 0) {
      if (!std::string_view(buffer_).starts_with(kStart.substr(0, buffer_.size()))) return malformed("no HTTP/1");
      if (buffer_.size() > settings_.max_head_bytes) return malformed("head too large");
      if (auto filled = fill(whole()); !filled) return filled;
    }
    if (end > settings_.max_head_bytes) return malformed("head too large");
    std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return parse_head(std::move(head), response);
  }
  // Behind the empty line; 0 if that has not come.
  [[nodiscard]] std::size_t head_end() const {
    const std::size_t crlf = buffer_.find("\r\n\r\n"), lf = buffer_.find("\n\n");
    if (crlf == std::string::npos && lf == std::string::npos) return 0;
    return crlf < lf ? crlf + 4 : lf + 2;
  }
  static Read<base::Done> parse_head(std::string head, Response& response) {
    constexpr std::size_t kStatusAt = kStart.size() + 2;  // behind the minor version and a blank
    const auto status = head.starts_with(kStart) && head[kStatusAt - 1] == ' '
                            ? number(std::string_view(head).substr(kStatusAt, 3), 10)
                            : std::nullopt;
    if (!status || *status < 100 || *status > 599 || *status == 101) return malformed("no HTTP/1 with a status");
    response.status = static_cast<int>(*status);
    head.replace(kStatusAt, 3, "200");  // Poco's enumeration has no room for every status
    try {
      std::istringstream text(head);
      response.head.setFieldLimit(0);  // the size is limited
      response.head.read(text);
    } catch (const Poco::Exception& error) {
      return malformed(error.displayText());
    }
    return base::Done{};
  }

  Read<Response> finish(Response response) {
    if (auto body = read_body(response); !body) return base::Unexpected{std::move(body).error()};
    // bytes that nobody asked for would be taken for the next answer
    response.reusable = response.reusable && response.head.getKeepAlive() && buffer_.empty();
    return response;
  }

  // [RFC7230 3.3.3]
  Read<base::Done> read_body(Response& response) {
    response.reusable = true;
    if (response.status == 204 || response.status == 304) return base::Done{};
    for (const std::string& coding : values(response.head, "Content-Encoding")) {
      if (Poco::icompare(coding, "identity") != 0) return malformed("content coding " + coding);
    }
    const auto codings = values(response.head, "Transfer-Encoding");
    const auto lengths = values(response.head, "Content-Length");
    if (!codings.empty()) {
      if (codings.size() > 1 || Poco::icompare(codings.front(), "chunked") != 0) return malformed("transfer coding");
      if (!lengths.empty()) return malformed("both a length and a transfer coding");
      return read_chunks(response.body);
    }
    if (lengths.empty()) {
      response.reusable = false;
      return read_to_end(response.body);
    }
    const auto length = number(lengths.front(), 10);
    if (!length || std::ranges::count(lengths, lengths.front()) != std::ssize(lengths)) return malformed("length");
    if (*length > settings_.max_body_bytes) return too_large();
    return read_counted(response.body, *length);
  }
  [[nodiscard]] base::Unexpected<HttpFailure> too_large() const {
    return failure(FailureKind::body_too_large, "more than " + std::to_string(settings_.max_body_bytes) + " bytes");
  }

  Read<base::Done> read_counted(std::string& body, std::uint64_t length) {
    while (buffer_.size() < length) {
      if (auto filled = fill(whole()); !filled) return filled;
    }
    body.append(buffer_, 0, length);
    buffer_.erase(0, length);
    return base::Done{};
  }
  Read<base::Done> read_to_end(std::string& body) {
    while (true) {
      if (buffer_.size() > settings_.max_body_bytes) return too_large();
      auto more = fill_or_end(whole());
      if (!more) return base::Unexpected{std::move(more).error()};
      if (!*more) break;
    }
    body = std::exchange(buffer_, {});
    return base::Done{};
  }

  Read<base::Done> read_chunks(std::string& body) {
    while (true) {
      auto line = read_line();
      if (!line) return base::Unexpected{std::move(line).error()};
      const auto size = number(Poco::trim(line->substr(0, line->find(';'))), 16);
      if (!size) return malformed("chunk size");
      if (*size == 0) return read_trailers();
      if (*size > settings_.max_body_bytes - body.size()) return too_large();
      if (auto read = read_counted(body, *size); !read) return read;
      line = read_line();
      if (!line) return base::Unexpected{std::move(line).error()};
      if (!line->empty()) return malformed("chunk longer than its size");
    }
  }
  Read<base::Done> read_trailers() {
    for (std::size_t bytes = 0; bytes <= settings_.max_head_bytes;) {
      auto line = read_line();
      if (!line) return base::Unexpected{std::move(line).error()};
      if (line->empty()) return base::Done{};
      bytes += line->size();
    }
    return malformed("trailers too large");
  }
  // Without its end.
  Read<std::string> read_line() {
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      if (buffer_.size() > settings_.max_head_bytes) return malformed("line too long");
      if (auto filled = fill(whole()); !filled) return base::Unexpected{std::move(filled).error()};
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
  }

  Connection& connection_;
  const HttpSettings& settings_;
  const Moment whole_;
  std::string buffer_;
  bool begun_ = false;
};

}  // namespace

base::Result<Response, HttpFailure> read_response(Connection& connection, const HttpSettings& settings, Moment whole,
                                                  bool& begun) {
  ResponseReader reader(connection, settings, whole);
  auto response = reader.read();
  begun = reader.begun();
  return response;
}

}  // namespace presentia::xdm
