// The users of the HSS of laboratories and tests: an XML file, one Sh-Data document for each.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/ports/subscriber_data.h"
#include "as/xml/reader.h"

namespace presentia::hss {

class Users {
 public:
  // The file: <hss><user><Sh-Data>…</Sh-Data></user>…</hss>, Sh-Data as in TS 29.328 Annex D. Each user needs a public
  // identity. The error is for people.
  [[nodiscard]] static base::Result<Users> load(const std::string& file);
  [[nodiscard]] static base::Result<Users> parse(xml::Reader& reader, std::string_view text);

  // By any public identity or MSISDN; nullptr if there is none.
  [[nodiscard]] ports::SubscriberRecord* find(const ports::UserIdentity& user);
  // False if there is none.
  bool remove(const std::string& public_identity);
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  std::vector<ports::SubscriberRecord> users_;
};

// What of a user is asked for; nullopt: the HSS does not know such data [TS29.328 7.6].
[[nodiscard]] std::optional<ports::SubscriberRecord> selected(const ports::SubscriberRecord& user,
                                                              const ports::DataKeys& keys);

}  // namespace presentia::hss
