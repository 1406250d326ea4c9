// The application Sh, and further ones, in the dictionary of freeDiameter, made from our own tables: no extension of
// the library is loaded, and none that has the same AVPs may be.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "as/base/result.h"
#include "diameter/message/avp_table.h"

struct dictionary;
struct dict_object;

namespace presentia::diameter {

class Dictionary {
 public:
  // Puts the vendor, the applications, their commands and AVPs, and `more`, into `library`, which outlives this. Once
  // for a library.
  [[nodiscard]] static base::Result<Dictionary> make(dictionary& library, std::span<const AvpInfo> more = {},
                                                     std::span<const ApplicationInfo> more_applications = {});

  [[nodiscard]] dictionary& library() const { return *library_; }
  [[nodiscard]] dict_object* vendor() const { return vendor_; }
  [[nodiscard]] const std::vector<dict_object*>& applications() const { return applications_; }
  // Of a command that the dictionary has: its application, its request.
  [[nodiscard]] dict_object* application(Command command) const;
  [[nodiscard]] dict_object* request(Command command) const;
  // nullptr for one that is not known.
  [[nodiscard]] dict_object* avp(AvpName name) const;

 private:
  Dictionary() = default;
  int find_vendor();
  int add(const ApplicationInfo& info);
  int add_avps(std::span<const AvpInfo> table);
  int find_base_avps();

  dictionary* library_ = nullptr;
  dict_object* vendor_ = nullptr;
  std::vector<dict_object*> applications_;
  struct Request {
    dict_object* application = nullptr;
    dict_object* model = nullptr;
  };
  std::map<Command, Request> requests_;
  std::map<AvpName, dict_object*> avps_;
};

}  // namespace presentia::diameter
