#include "as/base/mutants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace presentia::base {
namespace {

#ifdef PS_MUTANTS

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::set<std::string> used_in_the_server() {
  const std::regex use(R"re(PS_MUTANT\("([^"]*)"\))re");
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PS_SOURCE_DIR "/as")) {
    if (const auto kind = entry.path().extension(); kind != ".cc" && kind != ".h") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), use), end; match != end; ++match)
      ids.insert((*match)[1].str());
  }
  return ids;
}

TEST(Mutants, OfTheTableAreThoseOfTheServer) {
  std::set<std::string> ids;
  for (const Mutant& mutant : mutants()) EXPECT_TRUE(ids.emplace(mutant.id).second) << mutant.id << " is there twice";
  EXPECT_THAT(used_in_the_server(), testing::ContainerEq(ids));
}

TEST(Mutants, BreakRowsOfTheMatrix) {
  const std::string matrix = text_of(PS_SOURCE_DIR "/tests/conformance/matrix.tsv");
  for (const Mutant& mutant : mutants()) {
    std::istringstream rows{std::string(mutant.rows)};
    EXPECT_FALSE(mutant.rows.empty()) << mutant.id;
    for (std::string row; rows >> row;)
      EXPECT_NE(matrix.find('\n' + row + '\t'), std::string::npos) << mutant.id << ": " << row;
  }
}

TEST(Mutants, AreNotThereUnlessChosen) {
  EXPECT_FALSE(choose_mutant("no-such-mutant"));
  EXPECT_FALSE(PS_MUTANT("etag-kept"));
}

#else

TEST(Mutants, AreConstantsWithoutTheOption) {
  static_assert(!PS_MUTANT("etag-kept"));
  static_assert(!PS_MUTANT("no-such-mutant"));
}

#endif

}  // namespace
}  // namespace presentia::base
