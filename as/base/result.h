// Result<T, E>: a value or the reason why there is none, with the names of std::expected (g++ 12 has none in C++20).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace presentia::base {

// What went wrong outside us. `code` is for programs (a metric label, a gRPC status), `text` for people.
struct Error {
  std::string code;
  std::string text;
};

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Unexpected<E> failure)                                         // NOLINT(google-explicit-constructor)
      : held_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool has_value() const { return held_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(held_); }
  const T& value() const& { return std::get<0>(held_); }
  T&& value() && { return std::get<0>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  E& error() & { return std::get<1>(held_); }
  const E& error() const& { return std::get<1>(held_); }
  E&& error() && { return std::get<1>(std::move(held_)); }

 private:
  std::variant<T, E> held_;
};

struct Done {};  // the value of a Result that only says that it worked

}  // namespace presentia::base
