// Cuts what comes over a stream into messages, by Content-Length alone [RFC3261 18.3], and sees the keep-alives between
// them. Pure. Strict: a head ends with the first empty line after CRLF, whatever the parser may make of the bytes in
// it, and where there is a doubt about the end of a message nothing is cut any more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "as/sip/raw_message.h"

namespace presentia::sip {

class StreamFramer {
 public:
  struct Framed {
    bool ping = false;             // two CRLFs that want one as answer [RFC5626 3.5.1]; no message
    std::string_view bytes;        // of the message; valid until the next feed()
    Defect defect = Defect::none;  // else why it cannot be told from what follows, and `bytes` is what there is of it
  };

  // What came, in order.
  void feed(std::string_view bytes);
  // The next thing that is complete; nullopt if more must come. `most`: bytes that a message may have. After a defect
  // never anything more.
  [[nodiscard]] std::optional<Framed> next(std::size_t most);
  // True while a message has begun and not ended.
  [[nodiscard]] bool amid() const { return !broken_ && held() > 0; }
  // Bytes that are kept.
  [[nodiscard]] std::size_t held() const { return buffer_.size() - start_; }

 private:
  [[nodiscard]] std::string_view rest() const { return std::string_view(buffer_).substr(start_); }
  bool skip_line_ends();
  std::optional<Framed> find_head(std::size_t most);
  Framed broken(std::string_view bytes, Defect why);

  std::string buffer_;
  std::size_t start_ = 0;    // of what was not given out yet
  std::size_t scanned_ = 0;  // so many bytes behind it hold no end of a head
  std::size_t size_ = 0;     // of the message that begins there; 0: not known yet
  bool half_ping_ = false;   // one CRLF was there since the last message
  bool broken_ = false;
};

}  // namespace presentia::sip
