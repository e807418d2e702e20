#include "spec/nearest_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(NearestName, CountsLettersAddedLeftOutChangedAndSwapped) {
  EXPECT_EQ(SpellingDistance("", ""), 0u);
  EXPECT_EQ(SpellingDistance("abc", "abc"), 0u);
  EXPECT_EQ(SpellingDistance("", "abc"), 3u);
  EXPECT_EQ(SpellingDistance("abc", ""), 3u);
  EXPECT_EQ(SpellingDistance("abc", "abd"), 1u);
  EXPECT_EQ(SpellingDistance("abc", "ab"), 1u);
  EXPECT_EQ(SpellingDistance("abc", "xabc"), 1u);
  EXPECT_EQ(SpellingDistance("abc", "acb"), 1u);
  EXPECT_EQ(SpellingDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(SpellingDistance("Epochs", "epochs"), 0u);
}

TEST(NearestName, GivesTheNearestFirst) {
  const std::vector<std::string> names = {"conv1", "conv0", "fc0", "convolution"};
  EXPECT_THAT(NearestNames("conv0", names), ElementsAre("conv0", "conv1"));
  EXPECT_THAT(NearestNames("cnov1", names), ElementsAre("conv1", "conv0"));
  EXPECT_THAT(NearestNames("conv9", names, 1), ElementsAre("conv1"));
  EXPECT_THAT(NearestNames("something else", names), IsEmpty());
  EXPECT_THAT(NearestNames("convol", names), ElementsAre("convolution", "conv1", "conv0"));
  EXPECT_THAT(NearestNames("lenet-5", {"resnet-56", "lenet-5-3x3"}), ElementsAre("lenet-5-3x3", "resnet-56"));
}

TEST(NearestName, SuggestsOrLists) {
  EXPECT_EQ(SuggestNames("epoch", {"epochs", "seed"}), "did you mean \"epochs\"?");
  EXPECT_EQ(SuggestNames("conv9", {"conv0", "conv1"}), "did you mean \"conv0\" or \"conv1\"?");
  EXPECT_EQ(SuggestNames("conv9", {"conv0", "conv1", "conv2", "conv3"}),
            "did you mean \"conv0\", \"conv1\" or \"conv2\"?");
  EXPECT_EQ(SuggestNames("zzzzzzzz", {"epochs", "seed"}), "known: epochs, seed");
  EXPECT_EQ(SuggestNames("zzz", {}), "none is known");
  EXPECT_EQ(SuggestNames("zzzzzzzzzzzz", {"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2"}),
            "known: a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, ...");
}

TEST(NearestName, TakesLongNamesInLittleTime) {
  EXPECT_LE(SpellingDistance(std::string(1000000, 'x'), std::string(1000000, 'y')), 128u);
}

}  // namespace
}  // namespace winnow::spec
