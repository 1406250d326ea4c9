// Makes a received message one that cannot end the process: the Diameter library has an assertion that peers reach.
#pragma once

#include "diameter/dictionary/freediameter.h"

namespace presentia::diameter {

// Of an answer whose AVPs have been found, but not looked into. Where an AVP cannot be read (one that must be
// understood and is not known is enough) the library looks for the value of Result-Code, which it has not read yet if
// that comes later, and asserts that it is there [measured: fd_msg_parse_or_error]. So Result-Code is read first, or
// goes if it is no number; who reads the message finds none then, which is an error.
void make_harmless(msg* message);

}  // namespace presentia::diameter
