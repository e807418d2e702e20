#include "base/json.h"

#include <gmock/gmock.h>

namespace winnow {
namespace {

using ::testing::HasSubstr;

TEST(Json, ReadsAndWrites) {
  const auto value = ParseJson(R"( {"b": [1, 2.5, null], "a": "ä"} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(DumpJson(*value), R"({"a":"ä","b":[1,2.5,null]})");
}

TEST(Json, ErrorsSayWhere) {
  struct Case {
    const char* text;
    const char* place;
  };
  const Case cases[] = {
      {"", "line 1, column 1"},
      {"x", "line 1, column 1"},
      {"{\"a\": 1,}", "line 1, column 9"},
      {"{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 5"},  // read as far as the whole wrong string
      {"[1, 2", "line 1, column 6"},
      {"[1] 2", "line 1, column 5"},
      {"{\"a\": 01}", "line 1, column 8"},
      {"\"\n\"", "line 1, column 2"},
  };
  for (const Case& c : cases) {
    const auto value = ParseJson(c.text);
    ASSERT_FALSE(value) << c.text;
    EXPECT_EQ(value.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(value.error().message(), HasSubstr(c.place)) << c.text;
  }
}

// Found by checkpoint_header_fuzz: it was thrown, past everybody, also for a stage's result that a worker reports.
TEST(Json, ANumberPastAllIsRefused) {
  for (const char* const text : {"1e400", "[-1e999]", R"({"a": 1e400})"}) {
    const auto value = ParseJson(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(value.error().message(), HasSubstr("number overflow")) << text;
  }
}

TEST(Json, InvalidUtf8IsRefusedInAndReplacedOut) {
  EXPECT_FALSE(ParseJson("\"\xff\""));
  EXPECT_EQ(DumpJson(Json(std::string("a\xff"))), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace winnow
