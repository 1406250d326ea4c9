// Paths and values as they come with Set: the path on the first line, then the value.
#include "mgmt/attributes/path.h"
#include "mgmt/attributes/values.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  const auto [text, value] = fuzz::first_line(fuzz::as_text(data, size));
  (void)mgmt::matches_pattern(text, value);
  const auto path = mgmt::resolve(text);
  if (!path) {
    fuzz::must(!mgmt::to_text(path.error()).empty(), "a refusal says what is wrong");
    return 0;
  }
  const auto again = mgmt::resolve(path->text());
  fuzz::must(again.has_value() && again->text() == path->text(), "a path is the same when written and read again");

  config::Config config = mgmt::defaults();
  const auto written = mgmt::write(config, *path, value);
  if (written) {
    const auto read = mgmt::read(config, *path);
    fuzz::must(read.has_value(), "what was set can be read");
    config::Config copy = mgmt::defaults();
    fuzz::must(mgmt::write(copy, *path, *read).has_value(), "what is read can be set");
    fuzz::must(mgmt::read(copy, *path) == read, "and is the same");
  } else {
    fuzz::must(!mgmt::to_text(written.error()).empty(), "a refusal says what is wrong");
  }
  (void)mgmt::clear(config, *path);
  return 0;
}
