// Spoilt specs: whatever the text, the parser answers with a spec that comes back from its normalised form, or with
// faults that name places.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

void ExpectSound(const std::string& text, const std::string& where) {
  const auto spec = ParseSweepSpec(text);
  if (spec) {
    const auto again = ParseSweepSpec(ToJson(*spec).dump());
    ASSERT_TRUE(again) << where << ": " << ToStatus(again.error()).message() << "\n" << text;
    ASSERT_EQ(*again, *spec) << where << "\n" << text;
    return;
  }
  ASSERT_FALSE(spec.error().empty()) << where;
  for (const SpecFault& fault : spec.error()) {
    ASSERT_FALSE(fault.message.empty()) << where << "\n" << text;
    ASSERT_TRUE(fault.pointer.empty() || fault.pointer[0] == '/') << where << " " << fault.pointer;
  }
}

// Deletes, doubles, changes or inserts a few bytes.
std::string SpoilBytes(std::string text, std::mt19937_64& random) {
  static constexpr char kLikely[] = "{}[]\",:0123456789.-+eE \n\\utrfn\x00\x80\xff";
  for (size_t edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
    const size_t at = random() % text.size();
    const size_t count = 1 + random() % 12;
    switch (random() % 4) {
      case 0:
        text.erase(at, count);
        break;
      case 1:
        text.insert(at, text.substr(random() % text.size(), count));
        break;
      case 2:
        text[at] = kLikely[random() % (sizeof(kLikely) - 1)];
        break;
      default:
        text.insert(at, 1, kLikely[random() % (sizeof(kLikely) - 1)]);
    }
  }
  return text;
}

// Replaces, removes or adds values somewhere in the tree, so that the text stays JSON.
void SpoilTree(Json& json, std::mt19937_64& random) {
  static const std::vector<Json> kValues = {nullptr,
                                            true,
                                            0,
                                            1,
                                            -1,
                                            2,
                                            4,
                                            0.3,
                                            0.5,
                                            0.99,
                                            1e300,
                                            -1e-300,
                                            uint64_t{18446744073709551615u},
                                            "",
                                            "dense",
                                            "conv0",
                                            "step",
                                            "adam",
                                            "x",
                                            Json::array(),
                                            Json::object(),
                                            Json::array({1, 2}),
                                            Json{{"rate", 0.7}},
                                            std::string(100, 'z'),
                                            "\u20ac"};
  Json* at = &json;
  while (at->is_structured() && !at->empty() && random() % 5 != 0) {
    auto it = at->begin();
    std::advance(it, static_cast<std::ptrdiff_t>(random() % at->size()));
    at = &*it;
  }
  switch (at->is_structured() ? random() % 3 : 0) {
    case 1:
      if (at->is_object() && !at->empty()) {
        at->erase(std::next(at->begin(), static_cast<std::ptrdiff_t>(random() % at->size())));
      }
      break;
    case 2:
      if (at->is_object()) (*at)["epochs"] = kValues[random() % kValues.size()];
      if (at->is_array()) at->push_back(kValues[random() % kValues.size()]);
      break;
    default:
      *at = kValues[random() % kValues.size()];
  }
}

TEST(SpecMutation, SpoiltBytesNeverBreakTheParser) {
  constexpr uint64_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_NO_FATAL_FAILURE(
        ExpectSound(SpoilBytes(std::string(kFullSpec), random), "seed 1 round " + std::to_string(i)));
  }
}

TEST(SpecMutation, SpoiltTreesNeverBreakTheParser) {
  constexpr uint64_t kSeed = 2;
  std::mt19937_64 random(kSeed);
  const Json full = Json::parse(kFullSpec);
  int good = 0;
  for (int i = 0; i < 800; ++i) {
    Json json = full;
    for (size_t edits = 1 + random() % 3; edits > 0; --edits) SpoilTree(json, random);
    good += ParseSweepSpec(json.dump()).has_value() ? 1 : 0;
    ASSERT_NO_FATAL_FAILURE(ExpectSound(json.dump(), "seed 2 round " + std::to_string(i)));
  }
  EXPECT_GT(good, 20);  // both sides were tried
}

TEST(SpecMutation, EveryPrefixIsASyntaxError) {
  for (size_t size = 0; size < kFullSpec.size() - 1; ++size) {
    const auto spec = ParseSweepSpec(kFullSpec.substr(0, size));
    ASSERT_FALSE(spec) << size;
    ASSERT_EQ(spec.error().size(), 1u) << size;
  }
}

}  // namespace
}  // namespace winnow::spec
