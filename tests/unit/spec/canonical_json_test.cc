#include "spec/canonical_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace winnow::spec {
namespace {

using ::testing::HasSubstr;

std::string Canonical(const Json& json) {
  const auto text = CanonicalJson(json);
  return text ? *text : "error: " + text.error().message();
}

// RFC 8785 appendix B: the bits of a double, and its text.
TEST(CanonicalJson, WritesNumbersAsTheRfcDoes) {
  const std::pair<uint64_t, const char*> kVectors[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : kVectors) {
    EXPECT_EQ(EcmaScriptNumber(std::bit_cast<double>(bits)), text);
    EXPECT_EQ(Canonical(Json(std::bit_cast<double>(bits))), text);
  }
}

TEST(CanonicalJson, WritesOneTextForOneNumber) {
  EXPECT_EQ(Canonical(Json::parse("[1, 1.0, 1e0, 10e-1]")), "[1,1,1,1]");
  EXPECT_EQ(Canonical(Json::parse("[0, -0, -0.0, 0e5]")), "[0,0,0,0]");
  EXPECT_EQ(Canonical(Json::parse("[4.50, 2e-3, 1e30, 123456789012345678900, 0.000000000000000000000000001]")),
            "[4.5,0.002,1e+30,123456789012345680000,1e-27]");
  EXPECT_EQ(Canonical(Json(int64_t{9007199254740992})), "9007199254740992");
  // The text of the double 2^63, which is not that integer.
  EXPECT_EQ(Canonical(Json::parse("9223372036854776000")), "9223372036854776000");
}

TEST(CanonicalJson, RefusesWhatNoDoubleHolds) {
  EXPECT_THAT(Canonical(Json(int64_t{9007199254740993})), HasSubstr("9007199254740993 has no exact double"));
  EXPECT_THAT(Canonical(Json(std::numeric_limits<uint64_t>::max())), HasSubstr("error: "));
  EXPECT_THAT(Canonical(Json(std::numeric_limits<int64_t>::max())), HasSubstr("error: "));
  EXPECT_EQ(Canonical(Json(std::numeric_limits<int64_t>::min())), "-9223372036854776000");
  EXPECT_THAT(Canonical(Json(std::numeric_limits<double>::quiet_NaN())), HasSubstr("error: "));
  EXPECT_THAT(Canonical(Json(std::numeric_limits<double>::infinity())), HasSubstr("error: "));
}

// RFC 8785 section 3.2.3: the order is that of UTF-16 code units, in which U+1F600 comes before U+FB33.
TEST(CanonicalJson, OrdersMembersByUtf16) {
  const Json json = Json::parse(R"({
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"})");
  EXPECT_EQ(Canonical(json),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
            "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
            "\"\U0001F600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
}

// RFC 8785 section 3.2.2: its example of literals, numbers and a string.
TEST(CanonicalJson, WritesTheExampleOfTheRfc) {
  const Json json = Json::parse(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]})");
  EXPECT_EQ(Canonical(json),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(CanonicalJson, EscapesAsLittleAsItMay) {
  EXPECT_EQ(Canonical(Json(std::string("\b\t\n\f\r\"\\/\x01\x1f\x7f", 11))),
            "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\x7f\"");
  EXPECT_EQ(Canonical(Json(std::string(1, '\0'))), "\"\\u0000\"");
}

TEST(CanonicalJson, RefusesStringsThatAreNotUtf8) {
  for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf8\x88\x80"
                          "\x80\x80",
                          "a\xe2\x82"}) {
    EXPECT_THAT(Canonical(Json(bad)), HasSubstr("not UTF-8"));
    EXPECT_THAT(Canonical(Json{{bad, 1}}), HasSubstr("not UTF-8"));
  }
}

TEST(CanonicalJson, RefusesNestingThatWouldOverflowTheStack) {
  Json deep = 1;
  for (int i = 0; i < 2000; ++i) {
    Json outer = Json::array();
    outer.push_back(std::move(deep));
    deep = std::move(outer);
  }
  EXPECT_THAT(Canonical(deep), HasSubstr("nested deeper"));
}

TEST(CanonicalJson, WritesEmptyThings) {
  EXPECT_EQ(Canonical(Json::parse(R"([{}, [], "", {"": []}])")), R"([{},[],"",{"":[]}])");
}

// Every finite double comes back from its text, and no shorter text of the same form would do.
TEST(CanonicalJson, NumbersComeBackFromTheirText) {
  constexpr uint64_t kSeed = 20250101;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    double value = std::bit_cast<double>(random());
    if (i % 3 == 0) value = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 80) - 70);
    if (!std::isfinite(value)) continue;
    const std::string text = EcmaScriptNumber(value);
    double back = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), back);
    ASSERT_EQ(end.ptr, text.data() + text.size()) << text;
    ASSERT_EQ(back, value) << text << " seed " << kSeed << " round " << i;
  }
}

Json RandomJson(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>(random() % 2000000) - 1000000;
    case 3:
      return std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 100);
    case 4: {
      std::string text;
      static const char* const kPieces[] = {"a", "\"", "\\", "\n", "\x01", "\u00f6", "\u20ac", "\U0001F600", "/", " "};
      for (size_t i = random() % 5; i > 0; --i) text += kPieces[random() % std::size(kPieces)];
      return text;
    }
    case 5: {
      Json array = Json::array();
      for (size_t i = random() % 4; i > 0; --i) array.push_back(RandomJson(random, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (size_t i = random() % 4; i > 0; --i) {
        object[RandomJson(random, 0).dump()] = RandomJson(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(CanonicalJson, ComesBackAndStaysTheSame) {
  constexpr uint64_t kSeed = 8785;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    const Json json = RandomJson(random, 4);
    const auto text = CanonicalJson(json);
    ASSERT_TRUE(text) << json.dump();
    const Json back = Json::parse(*text);
    ASSERT_EQ(back, json) << "seed " << kSeed << " round " << i << ": " << *text;
    ASSERT_EQ(CanonicalJson(back).value(), *text) << "seed " << kSeed << " round " << i;
  }
}

}  // namespace
}  // namespace winnow::spec
