// What is generated from the declarations for people and their editors: conf/attributes.md and conf/presentia.xsd.
#pragma once

#include <string>

namespace presentia::mgmt {

// A page with one table per object: name, meaning, default, allowed values, when it takes effect, clause.
[[nodiscard]] std::string attributes_page();
// An XML Schema that accepts what load_xml() accepts, except for the form of texts, which it leaves to the server.
[[nodiscard]] std::string configuration_schema();

}  // namespace presentia::mgmt
