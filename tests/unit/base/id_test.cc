#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace winnow {
namespace {

TEST(Id, UuidsHaveTheirForm) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = NewUuid();
    ASSERT_TRUE(IsUuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4') << uuid;
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Id, OtherFormsAreNone) {
  EXPECT_TRUE(IsUuid("0123ABCD-0123-4123-8123-0123456789ab"));
  for (const char* bad : {"", "0123abcd-0123-4123-8123-0123456789a", "0123abcd-0123-4123-8123-0123456789abc",
                          "0123abcd00123-4123-8123-0123456789ab", "g123abcd-0123-4123-8123-0123456789ab"}) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

TEST(Id, HexIsAsLongAsAskedFor) {
  EXPECT_EQ(RandomHex(0), "");
  EXPECT_EQ(RandomHex(300).size(), 600u);
  EXPECT_EQ(RandomHex(8).find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace winnow
