#include "as/rules/permissions.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace presentia::rules {
namespace {

// Few values, of which some look like parts of a key.
Permissions random_permissions(std::mt19937& chance) {
  const auto below = [&](unsigned end) { return static_cast<unsigned>(chance() % end); };
  const auto value = [&] {
    constexpr std::array<const char*, 6> kValues{"", "a", "1:a", "*", "d", "a1:b"};
    return std::string(kValues[below(kValues.size())]);
  };
  const auto components = [&](Components& into) {
    if (below(4) == 0) into.add_all();
    for (unsigned i = below(3); i > 0; --i) into.add({static_cast<Selector::By>(below(6)), value()});
  };
  Permissions made;
  made.handling = static_cast<SubHandling>(below(4));
  if (below(5) == 0) made.grant_all_attributes();
  made.grant(static_cast<UserInput>(below(4)));
  for (unsigned i = below(3); i > 0; --i) made.grant(static_cast<Attribute>(below(kAttributePermissions.size())));
  for (unsigned i = below(3); i > 0; --i) made.grant_unknown({value(), value()});
  components(made.services);
  components(made.persons);
  components(made.devices);
  return made;
}

TEST(Permissions, HaveEqualKeysExactlyWhereTheyAreEqual) {
  std::mt19937 chance(7);  // the same in every run
  std::unordered_map<std::string, Permissions> by_key;
  for (int i = 0; i < 20'000; ++i) {
    const Permissions made = random_permissions(chance);
    const auto [held, is_new] = by_key.emplace(made.key(), made);
    ASSERT_EQ(held->second, made) << made.key();
    const auto again = Permissions::from_key(made.key());
    ASSERT_TRUE(again) << made.key();
    ASSERT_EQ(*again, made) << made.key();
  }
  EXPECT_GT(by_key.size(), 1000U);
}

TEST(Permissions, ComeFromNoOtherKeys) {
  Permissions made;
  made.handling = SubHandling::allow;
  made.grant(Attribute::mood);
  made.services.add({Selector::By::group, "biz"});
  made.services.add({Selector::By::group, "home"});
  made.persons.add_all();
  const std::string key = made.key();
  ASSERT_TRUE(Permissions::from_key(key));
  for (std::size_t length = 0; length < key.size(); ++length) {
    EXPECT_FALSE(Permissions::from_key(key.substr(0, length))) << length;
  }
  EXPECT_FALSE(Permissions::from_key(key + " "));
  for (const char* bad : {"",
                          "40"
                          "0uspd",
                          "00"
                          "0uspdx",
                          "000usp*A1:xd", "000usA1:bA1:apd", "000usA9:bpd", "0000uspd", "00*un1:a1:bspd",
                          "000usA99999999999999999999:bpd", "00-1uspd"}) {
    EXPECT_FALSE(Permissions::from_key(bad)) << bad;
  }
}

TEST(Permissions, CombineInAnyOrder) {
  std::mt19937 chance(11);
  for (int i = 0; i < 2'000; ++i) {
    const Permissions a = random_permissions(chance), b = random_permissions(chance), c = random_permissions(chance);
    Permissions ab = a, ba = b, ab_c = a, bc = b, a_bc = a, aa = a, nothing;
    ab.add(b);
    ba.add(a);
    ASSERT_EQ(ab, ba);
    ab_c.add(b);
    ab_c.add(c);
    bc.add(c);
    a_bc.add(bc);
    ASSERT_EQ(ab_c, a_bc);
    aa.add(a);
    ASSERT_EQ(aa, a);
    nothing.add(a);
    ASSERT_EQ(nothing, a);
  }
}

}  // namespace
}  // namespace presentia::rules
