#include "as/xml/date_time.h"

#include <algorithm>
#include <chrono>

#include "as/base/mutants.h"
#include "as/xml/compare.h"

namespace presentia::xml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes pieces off the front of a text; a failure sticks.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  int number(std::size_t digits) {
    ok_ = ok_ && rest_.size() >= digits &&
          std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(digits), is_digit);
    int value = 0;
    for (std::size_t i = 0; ok_ && i < digits; ++i) value = value * 10 + (rest_[i] - '0');
    if (ok_) rest_.remove_prefix(digits);
    return value;
  }
  char one_of(std::string_view set) {
    ok_ = ok_ && !rest_.empty() && set.find(rest_[0]) != std::string_view::npos;
    const char taken = ok_ ? rest_[0] : '\0';
    if (ok_) rest_.remove_prefix(1);
    return taken;
  }
  // The digits of a fraction, if one follows; an empty fraction is a failure.
  std::string_view fraction() {
    if (!ok_ || rest_.empty() || rest_[0] != '.') return {};
    const auto* const end = std::find_if_not(rest_.begin() + 1, rest_.end(), is_digit);
    const std::string_view digits = rest_.substr(1, static_cast<std::size_t>(end - rest_.begin()) - 1);
    ok_ = !digits.empty();
    rest_.remove_prefix(digits.size() + 1);
    return digits;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

base::Millis milliseconds(std::string_view fraction) {
  int value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return base::Millis(value);
}

// What stands behind the time; UTC if nothing does.
std::chrono::minutes read_offset(Scanner& in) {
  using std::chrono::minutes;
  if (in.rest().empty()) return minutes(0);
  const char sign = in.one_of("Zz+-");
  if (sign != '+' && sign != '-') return minutes(0);
  const int hours = in.number(2);
  in.one_of(":");
  const int offset = hours * 60 + in.number(2);
  if (offset > 14 * 60) in.one_of("");
  return minutes(sign == '-' ? -offset : offset);
}

}  // namespace

std::optional<DateTime> read_date_time(std::string_view raw) {
  using namespace std::chrono;
  const std::string_view text = trimmed(raw);
  Scanner in(text);
  const int y = in.number(4);
  in.one_of("-");
  const int m = in.number(2);
  in.one_of("-");
  const int d = in.number(2);
  in.one_of("Tt ");
  const int hour = in.number(2);
  in.one_of(":");
  const int minute = in.number(2);
  in.one_of(":");
  const int second = in.number(2);
  const std::string_view fraction = in.fraction();
  const bool offset_missing = in.rest().empty();
  const minutes offset = read_offset(in);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!in.ok() || !in.rest().empty() || !date.ok() || y == 0 || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;

  DateTime result;
  result.at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(fraction) - offset;
  result.text = text;
  result.text[10] = PS_MUTANT("timestamp-lower-case") ? 't' : 'T';
  if (result.text.back() == 'z') result.text.back() = 'Z';
  if (offset_missing) result.text += 'Z';
  return result;
}

}  // namespace presentia::xml
