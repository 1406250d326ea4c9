// Behaviour broken on purpose: `presentia --mutant ID` breaks one, and the conformance suite has to notice. Only in
// builds with the CMake option PS_MUTANTS; in all others PS_MUTANT() is a constant and nothing of it is left.
#pragma once

#include <span>
#include <string_view>

namespace presentia::base {

#ifdef PS_MUTANTS

struct Mutant {
  std::string_view id;
  std::string_view rows;    // of tests/conformance/matrix.tsv, separated by blanks; their scenarios have to fail
  std::string_view breaks;  // what it does instead
};

// All there are, by document.
[[nodiscard]] std::span<const Mutant> mutants();
// Before any other thread starts; false if there is none of that name.
[[nodiscard]] bool choose_mutant(std::string_view id);
[[nodiscard]] bool is_chosen_mutant(std::string_view id);

// True in a program that was started with `--mutant id`. Each place looks once.
#define PS_MUTANT(id)                                                   \
  ([] {                                                                 \
    static const bool chosen = ::presentia::base::is_chosen_mutant(id); \
    return chosen;                                                      \
  }())

#else

consteval bool is_chosen_mutant(std::string_view) { return false; }
#define PS_MUTANT(id) ::presentia::base::is_chosen_mutant(id)

#endif

}  // namespace presentia::base
