// The application Sh in the dictionary of freeDiameter, made from our own table: no extension of the library is loaded,
// and none that has the same AVPs may be.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "as/base/result.h"
#include "diameter/message/avp_table.h"

struct dictionary;
struct dict_object;

namespace presentia::diameter {

class Dictionary {
 public:
  // Puts the vendor, the application, its commands and AVPs, and `more`, into `library`, which outlives this. Once for
  // a library.
  [[nodiscard]] static base::Result<Dictionary> make(dictionary& library, std::span<const AvpInfo> more = {});

  [[nodiscard]] dictionary& library() const { return *library_; }
  [[nodiscard]] dict_object* vendor() const { return vendor_; }
  [[nodiscard]] dict_object* application() const { return application_; }
  [[nodiscard]] dict_object* request(Command command) const;
  // nullptr for one that is not known.
  [[nodiscard]] dict_object* avp(AvpName name) const;

 private:
  Dictionary() = default;
  int add_names();
  int add_avps(std::span<const AvpInfo> table);
  int find_base_avps();
  int add_commands();

  dictionary* library_ = nullptr;
  dict_object* vendor_ = nullptr;
  dict_object* application_ = nullptr;
  std::map<Command, dict_object*> requests_;
  std::map<AvpName, dict_object*> avps_;
};

}  // namespace presentia::diameter
