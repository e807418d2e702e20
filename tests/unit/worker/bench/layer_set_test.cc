#include "worker/bench/layer_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(ParseLayer, TakesFiveSizes) {
  const Result<kernels::ConvShape> layer = ParseLayer(" 16, 64,128,32,31 ");
  ASSERT_TRUE(layer) << layer.error().ToString();
  EXPECT_EQ(*layer, (kernels::ConvShape{
                        .batch = 16, .in_channels = 64, .out_channels = 128, .height = 32, .width = 31, .padding = 1}));
}

TEST(ParseLayer, RefusesEverythingElse) {
  for (const char* text : {"", "1,2,3,4", "1,2,3,4,5,6", "1,2,3,4,", "1,2,x,4,5", "1,2,3,4,5.5", "0,2,3,4,5",
                           "-1,2,3,4,5", "99999999999999999999,1,1,1,1"}) {
    const Result<kernels::ConvShape> layer = ParseLayer(text);
    ASSERT_FALSE(layer) << text;
    EXPECT_EQ(layer.error().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseLayerSet, SkipsCommentsAndNamesTheLineAtFault) {
  const auto layers = ParseLayerSet("# a set\n\n1,2,3,4,5  # one\r\n6,7,8,9,10", "set");
  ASSERT_TRUE(layers) << layers.error().ToString();
  ASSERT_EQ(layers->size(), 2U);
  EXPECT_EQ((*layers)[1].width, 10);
  EXPECT_THAT(ParseLayerSet("1,2,3,4,5\n1,2\n", "set").error().message(), HasSubstr("set:2: "));
  EXPECT_THAT(ParseLayerSet("# nothing\n", "set").error().message(), HasSubstr("holds no layer"));
}

TEST(FindLayerSet, HasTheSetsOfTheProgram) {
  for (const std::string& name : LayerSetNames()) EXPECT_TRUE(FindLayerSet(name)) << name;
  EXPECT_EQ(FindLayerSet("kernels14")->size(), 14U);
  const auto missing = FindLayerSet("kernels15");
  EXPECT_EQ(missing.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("kernels14"));
}

}  // namespace
}  // namespace winnow::worker
