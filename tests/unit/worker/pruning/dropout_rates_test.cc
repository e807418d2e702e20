#include "worker/pruning/dropout_rates.h"

#include <gtest/gtest.h>

#include <cmath>

#include "spec/data_set.h"

namespace winnow::worker {
namespace {

using spec::DropoutShrinking;

TEST(ShrunkProbability, IsTheScriptsFormula) {
  EXPECT_EQ(ShrunkProbability(0.5, 0.6, DropoutShrinking::kNone), 0.5);
  EXPECT_DOUBLE_EQ(ShrunkProbability(0.5, 0.6, DropoutShrinking::kPower), 0.5 * std::pow(0.4, 0.75));
  EXPECT_DOUBLE_EQ(ShrunkProbability(0.5, 0.6, DropoutShrinking::kRoot), 0.5 * std::sqrt(0.28));
  EXPECT_EQ(ShrunkProbability(0.5, 0.0, DropoutShrinking::kPower), 0.5);
}

// Its first dropout goes by the fixed rate of the first convolution, the other two by the step's.
TEST(DropoutProbabilities, OfConvPoolCnnCAreThePapers) {
  const spec::Network network = *spec::FindNetwork("convpool-cnn-c", 1.0, *spec::FindDataSet("cifar-100"));
  std::map<std::string, double> rates;
  for (const spec::Layer& layer : network.layers) {
    if (layer.prunable()) rates[layer.name] = 0.6;
  }
  rates.at("conv0") = 0.2;
  const auto probability = [](double p, double s) { return p * std::pow(1 - s, 0.75); };
  EXPECT_EQ(DropoutProbabilities(network, rates, DropoutShrinking::kPower),
            (std::vector<double>{probability(0.2, 0.2), probability(0.5, 0.6), probability(0.5, 0.6)}));
  EXPECT_EQ(DropoutProbabilities(network, rates, DropoutShrinking::kNone), (std::vector<double>{0.2, 0.5, 0.5}));
  rates.erase("conv0");
  EXPECT_EQ(DropoutProbabilities(network, rates, DropoutShrinking::kRoot).front(), 0.2);
}

TEST(DropoutProbabilities, BeforeLinearLayersStay) {
  const spec::Network network = *spec::FindNetwork("vgg-nagadomi", 0.25, *spec::FindDataSet("cifar-10"));
  std::map<std::string, double> rates;
  for (const spec::Layer& layer : network.layers) rates[layer.name] = 0.6;
  EXPECT_EQ(DropoutProbabilities(network, rates, DropoutShrinking::kPower), (std::vector<double>{0.5, 0.5}));
}

}  // namespace
}  // namespace winnow::worker
