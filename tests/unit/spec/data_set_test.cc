#include "spec/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/sha256.h"
#include "spec/data_digest.h"

namespace winnow::spec {
namespace {

using ::testing::HasSubstr;

void ExpectPublishedDigest(std::string_view name, const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not on this machine";
  const DataSet set = FindDataSet(name).value();
  std::vector<std::string> files = set.train_files;
  files.insert(files.end(), set.test_files.begin(), set.test_files.end());
  const auto digest = DataDigest(folder, files);
  ASSERT_TRUE(digest) << digest.error().ToString();
  EXPECT_EQ(*digest, set.digest);
}

TEST(DataSet, FashionMnistHasTheDigestOfThePublishedFiles) {
  ExpectPublishedDigest("fashion-mnist", "/usr/share/datasets/fashion-mnist");
}

TEST(DataSet, Cifar10HasTheDigestOfThePublishedFiles) {
  ExpectPublishedDigest("cifar-10", "/tmp/cifar/cifar-10-batches-bin");
}

TEST(DataSet, EveryEntryIsWhole) {
  for (const DataSet& set : DataSets()) {
    SCOPED_TRACE(set.name);
    EXPECT_TRUE(IsSha256Hex(set.digest) || set.name == "cifar-100");
    EXPECT_GE(set.height, set.file_height);
    EXPECT_GE(set.width, set.file_width);
    EXPECT_EQ((set.height - set.file_height) % 2, 0);  // padded alike on both sides
    EXPECT_FALSE(set.folders.empty());
    for (const char* network : {"vgg-nagadomi", "resnet-20"}) {
      const Normalisation normalisation = FindNormalisation(network, set);
      EXPECT_EQ(normalisation.mean.size(), static_cast<size_t>(set.channels));
      EXPECT_EQ(normalisation.deviation.size(), static_cast<size_t>(set.channels));
    }
  }
}

TEST(DataSet, NormalisesForResnetAsItsPublishedWeightsWant) {
  const DataSet cifar = FindDataSet("cifar-10").value();
  EXPECT_EQ(FindNormalisation("resnet-20", cifar).mean, (std::vector<float>{0.485f, 0.456f, 0.406f}));
  EXPECT_EQ(FindNormalisation("resnet-20", cifar).deviation, (std::vector<float>{0.229f, 0.224f, 0.225f}));
  EXPECT_EQ(FindNormalisation("vgg-nagadomi", cifar).mean, (std::vector<float>{0.4914f, 0.4822f, 0.4465f}));
  EXPECT_EQ(FindNormalisation("vgg-nagadomi", cifar).deviation, (std::vector<float>{0.247f, 0.243f, 0.261f}));
  EXPECT_EQ(FindNormalisation("resnet-56", cifar), FindNormalisation("resnet-20", cifar));
  EXPECT_EQ(FindNormalisation("convpool-cnn-c", FindDataSet("cifar-100").value()).mean,
            (std::vector<float>{0.507f, 0.487f, 0.441f}));
  const DataSet fashion = FindDataSet("fashion-mnist").value();
  EXPECT_EQ(FindNormalisation("resnet-20", fashion), FindNormalisation("vgg-nagadomi", fashion));
}

TEST(DataSet, RefusesAnUnknownNameWithTheNearest) {
  const auto set = FindDataSet("cifar10");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(set.error().message(), HasSubstr("did you mean \"cifar-10\" or"));
}

}  // namespace
}  // namespace winnow::spec
