// The published ResNet-20 and ResNet-56 for CIFAR-10 must come out at their published test accuracy: names, shapes,
// shortcuts, batch norm, normalisation and data reading all right at once.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "spec/data_set.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/data/batch_loader.h"
#include "worker/data/batch_order.h"
#include "worker/data/load_data_set.h"
#include "worker/nn/net.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

fs::path SharedData() {
  const char* set = std::getenv("WINNOW_SHARED_DATA");
  return set != nullptr ? fs::path(set) : fs::path(__FILE__).parent_path() / "../../../../../shared/data";
}

// Where the unpacked CIFAR-10 lies: WINNOW_CIFAR10, or where `shared/data/unpack /tmp/cifar` puts it.
fs::path Cifar10() {
  const char* set = std::getenv("WINNOW_CIFAR10");
  return set != nullptr ? fs::path(set) : fs::path("/tmp/cifar");
}

int64_t CountCorrect(Net& net, const ImageSet& set, const spec::Normalisation& normalisation) {
  const BatchAssembler assembler(set, normalisation, 32);
  BatchLoader loader(assembler, set.labels, TrainingSubset(set.count, 0), {.batch_size = 250});
  torch::NoGradGuard no_grad;
  int64_t correct = 0;
  while (std::optional<Batch> batch = loader.Next()) {
    correct += (net.forward(batch->images).argmax(1) == batch->labels).sum().item<int64_t>();
  }
  return correct;
}

struct Published {
  const char* network;
  const char* file;
  int64_t correct;  // of 10,000 test images
};
void PrintTo(const Published& published, std::ostream* to) { *to << published.network; }

class PretrainedResnet : public ::testing::TestWithParam<Published> {};

TEST_P(PretrainedResnet, HasItsPublishedAccuracyInEitherDomain) {
  const auto& [network, name, correct] = GetParam();
  const fs::path weights = SharedData() / "weights/resnet-cifar10" / name;
  if (!fs::exists(weights)) GTEST_SKIP() << weights << " is not there; set WINNOW_SHARED_DATA";
  const spec::DataSet cifar = *spec::FindDataSet("cifar-10");
  const Result<ImageSet> set = LoadDataSet(cifar, Cifar10(), Split::kTest, 0);
  if (!set && set.error().code() == StatusCode::kNotFound) {
    GTEST_SKIP() << set.error().message() << "; set WINNOW_CIFAR10 to what shared/data/unpack wrote";
  }
  ASSERT_TRUE(set) << set.error().message();
  const auto net = *MakeNet(*spec::FindNetwork(network, 1.0, cifar), 1);
  const Result<SafetensorsFile> file = SafetensorsFile::Read(weights);
  ASSERT_TRUE(file) << file.error().message();
  const Status loaded = LoadNet(*file, *net);
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  net->eval();
  const spec::Normalisation normalisation = spec::FindNormalisation(network, cifar);
  EXPECT_EQ(CountCorrect(*net, *set, normalisation), correct);

  for (ConvUnit* unit : net->Prunable()) ASSERT_TRUE(ConvertToWinograd(*unit, 4).ok());
  // Rounding moves a few images that stand on the edge between two classes.
  EXPECT_NEAR(CountCorrect(*net, *set, normalisation), correct, 5);
}

INSTANTIATE_TEST_SUITE_P(Published, PretrainedResnet,
                         ::testing::Values(Published{"resnet-20", "resnet20-cifar10.safetensors", 9173},
                                           Published{"resnet-56", "resnet56-cifar10.safetensors", 9339}));

}  // namespace
}  // namespace winnow::worker
