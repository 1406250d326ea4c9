#include "mgmt/attributes/log_levels.h"

#include "as/base/log.h"

namespace presentia::mgmt {
namespace {

base::Level level(config::Log::Level declared) {
  switch (declared) {
    case config::Log::DEBUG:
      return base::Level::debug;
    case config::Log::WARN:
      return base::Level::warn;
    case config::Log::ERROR:
      return base::Level::error;
    case config::Log::OFF:
      return base::Level::off;
    default:
      return base::Level::info;
  }
}

}  // namespace

void apply_log_levels(const config::Log& levels) {
  using base::Module;
  base::set_level(Module::main, level(levels.main()));
  base::set_level(Module::sip, level(levels.sip()));
  base::set_level(Module::event, level(levels.event()));
  base::set_level(Module::presence, level(levels.presence()));
  base::set_level(Module::runtime, level(levels.runtime()));
  base::set_level(Module::store, level(levels.store()));
  base::set_level(Module::xdm, level(levels.xdm()));
  base::set_level(Module::diameter, level(levels.diameter()));
  base::set_level(Module::management, level(levels.management()));
}

}  // namespace presentia::mgmt
