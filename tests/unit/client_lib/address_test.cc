#include "client/lib/address.h"

#include <gmock/gmock.h>

namespace winnow::client {
namespace {

using ::testing::HasSubstr;

TEST(Address, TakesWhatPeopleWrite) {
  struct Case {
    const char* text;
    const char* target;
    bool local;
  };
  const Case cases[] = {
      {"unix:/run/winnowd.sock", "unix:/run/winnowd.sock", true},
      {"127.0.0.1:7070", "127.0.0.1:7070", true},
      {"localhost:1", "localhost:1", true},
      {"localhost", "localhost:7070", true},
      {"[::1]:7070", "[::1]:7070", true},
      {"[2001:db8::1]", "[2001:db8::1]:7070", false},
      {"lab.example.org:65535", "lab.example.org:65535", false},
  };
  for (const Case& c : cases) {
    const auto address = ParseAddress(c.text);
    ASSERT_TRUE(address) << c.text << ": " << address.error().ToString();
    EXPECT_EQ(address->target, c.target);
    EXPECT_EQ(IsLocal(*address), c.local) << c.text;
  }
}

TEST(Address, RefusesTheRestAndSaysWhatItTakes) {
  const std::string long_path = "unix:/" + std::string(120, 'x');
  for (const std::string& text : {std::string(), std::string("unix:"), std::string(":7070"), std::string("host:"),
                                  std::string("host:0"), std::string("host:65536"), std::string("host:7070x"),
                                  std::string("http://host:7070"), std::string("/run/winnowd.sock"), long_path}) {
    const auto address = ParseAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(address.error().message(), HasSubstr("HOST:PORT"));
  }
}

}  // namespace
}  // namespace winnow::client
