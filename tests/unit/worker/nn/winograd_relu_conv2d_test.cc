#include "worker/nn/winograd_relu_conv2d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/transforms/winograd_variant.h"
#include "spec/data_set.h"
#include "spec/stage_parameters.h"
#include "spec/winograd_relu.h"
#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/net.h"
#include "worker/nn/reference_winograd_conv.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;
using torch::Tensor;

constexpr int kAlpha = 4;

// B^T I B of one patch, or A^T P A of one product, by the definition.
std::vector<double> BothSides(std::span<const double> matrix, int rows, const std::vector<double>& middle) {
  std::vector<double> result(static_cast<size_t>(rows * rows), 0.0);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < rows; ++j) {
      for (int k = 0; k < kAlpha; ++k) {
        for (int l = 0; l < kAlpha; ++l) {
          result[static_cast<size_t>(i * rows + j)] += matrix[static_cast<size_t>(i * kAlpha + k)] *
                                                       middle[static_cast<size_t>(k * kAlpha + l)] *
                                                       matrix[static_cast<size_t>(j * kAlpha + l)];
        }
      }
    }
  }
  return result;
}

// The layer, output by output, tile by tile.
Tensor ByHand(const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding) {
  const kernels::WinogradMatrices& matrices = kernels::MatricesOf(kernels::WinogradVariant::kF2K3);
  const int64_t high = input.size(2) + 2 * padding - 2, wide = input.size(3) + 2 * padding - 2;
  Tensor output = torch::zeros({input.size(0), weight.size(0), high, wide}, torch::kFloat64);
  const auto in = input.accessor<float, 4>();
  const auto q = weight.accessor<float, 4>();
  auto out = output.accessor<double, 4>();
  for (int64_t n = 0; n < input.size(0); ++n) {
    for (int64_t o = 0; o < weight.size(0); ++o) {
      for (int64_t y = 0; y < high; y += 2) {
        for (int64_t x = 0; x < wide; x += 2) {
          std::vector<double> products(kAlpha * kAlpha, 0.0);
          for (int64_t c = 0; c < input.size(1); ++c) {
            std::vector<double> patch(kAlpha * kAlpha, 0.0);
            for (int64_t i = 0; i < kAlpha; ++i) {
              for (int64_t j = 0; j < kAlpha; ++j) {
                const int64_t row = y + i - padding, column = x + j - padding;
                if (row < 0 || row >= input.size(2) || column < 0 || column >= input.size(3)) continue;
                patch[static_cast<size_t>(i * kAlpha + j)] = static_cast<double>(in[n][c][row][column]);
              }
            }
            const std::vector<double> v = BothSides(matrices.bt, kAlpha, patch);
            for (int64_t k = 0; k < kAlpha * kAlpha; ++k) {
              products[static_cast<size_t>(k)] +=
                  static_cast<double>(q[o][c][k / kAlpha][k % kAlpha]) * std::max(0.0, v[static_cast<size_t>(k)]);
            }
          }
          const std::vector<double> tile = BothSides(matrices.at, 2, products);
          for (int64_t i = 0; i < 2 && y + i < high; ++i) {
            for (int64_t j = 0; j < 2 && x + j < wide; ++j) {
              out[n][o][y + i][x + j] = tile[static_cast<size_t>(i * 2 + j)] + bias[o].item<double>();
            }
          }
        }
      }
    }
  }
  return output;
}

std::shared_ptr<WinogradReluConv2d> MakeLayer(int64_t in, int64_t out, int64_t padding) {
  auto layer = std::make_shared<WinogradReluConv2d>(
      ConvGeometry{.in_channels = in, .out_channels = out, .padding = padding, .has_bias = true});
  torch::NoGradGuard no_grad;
  layer->kernel().copy_(RandomTensor({out, in, kAlpha, kAlpha}, 2));
  layer->bias().copy_(RandomTensor({out}, 3));
  return layer;
}

TEST(WinogradReluConv2d, IsItsDefinition) {
  for (const auto& [height, width, padding] : {std::tuple(4, 4, 1), std::tuple(5, 7, 1), std::tuple(6, 3, 0)}) {
    const auto layer = MakeLayer(3, 2, padding);
    const Tensor input = RandomTensor({2, 3, height, width}, 1);
    const Tensor expected = ByHand(input, layer->kernel().detach(), layer->bias().detach(), padding);
    EXPECT_LT(MaxRelativeError(layer->forward(input), expected), 1e-5) << height << "x" << width;
  }
}

// Where every transformed coefficient is positive the ReLU does nothing: a large constant image has that in no position
// but the middle ones, so compare with a filter that has only those.
TEST(WinogradReluConv2d, IsTheWinogradLayerWhereNothingIsNegative) {
  const auto layer = MakeLayer(1, 1, 0);
  torch::NoGradGuard no_grad;
  Tensor middle = torch::zeros({1, 1, kAlpha, kAlpha});
  middle[0][0][1][1] = 1.5;
  layer->kernel().copy_(middle);
  const Tensor input = RandomTensor({1, 1, 6, 6}, 4) + 3.0;
  const Tensor plain = ReferenceWinogradConvolution(input, middle, layer->bias(), 0, 2);
  EXPECT_LT(MaxRelativeError(layer->forward(input), plain), 1e-6);
}

TEST(WinogradReluConv2d, HasTheGradientOfFiniteDifferences) {
  const auto layer = MakeLayer(2, 3, 1);
  layer->to(torch::kFloat64);
  Tensor input = RandomTensor({2, 2, 5, 4}, 6).to(torch::kFloat64).requires_grad_();
  const auto loss = [&] {
    const Tensor output = layer->forward(input);
    return (output * output).sum() + output.sin().sum();
  };
  loss().backward();
  constexpr double kStep = 1e-6;
  for (Tensor variable : {input, layer->kernel(), layer->bias()}) {
    const Tensor gradient = variable.grad().flatten();
    torch::NoGradGuard no_grad;
    auto* values = variable.data_ptr<double>();
    for (int64_t i = 0; i < variable.numel(); ++i) {
      const double kept = values[i];
      values[i] = kept + kStep;
      const double above = loss().item<double>();
      values[i] = kept - kStep;
      const double below = loss().item<double>();
      values[i] = kept;
      const double expected = (above - below) / (2.0 * kStep);
      ASSERT_NEAR(gradient[i].item<double>(), expected, 1e-5 * std::max(1.0, std::fabs(expected))) << i;
    }
  }
}

TEST(WinogradReluConv2d, TakesImagesInBlocks) {
  const auto layer = MakeLayer(3, 4, 1);
  const Tensor input = RandomTensor({16, 3, 6, 6}, 1);
  const Tensor blocked = layer->forward(BlockedFrom(input));
  ASSERT_TRUE(IsBlocked(blocked));
  EXPECT_TRUE(torch::equal(NchwFrom(blocked), layer->forward(input)));
}

TEST(WinogradReluConv2d, CountsWhatTheReluMadeZero) {
  const auto layer = MakeLayer(1, 1, 0);
  layer->forward(torch::ones({1, 1, 4, 4}));
  EXPECT_EQ(layer->activations().count, 0);
  layer->CountActivations();
  layer->forward(torch::ones({1, 1, 4, 4}));  // one tile: of a constant only the position (1, 1) is not zero
  EXPECT_EQ(layer->activations().count, 16);
  EXPECT_EQ(layer->activations().zeros, 15);
  layer->forward(-torch::ones({1, 1, 4, 4}));
  EXPECT_EQ(layer->activations().count, 32);
  EXPECT_EQ(layer->activations().zeros, 31);
}

spec::Network ReluNetwork(const std::string& name, double width, const char* data_set) {
  const spec::DataSet set = *spec::FindDataSet(data_set);
  spec::ModelParameters model{.name = name, .width = width};
  model.winograd_relu = spec::WinogradReluLayers(*spec::FindNetwork(model, set), {});
  return *spec::FindNetwork(model, set);
}

// conv0 - bn0 - [transform, ReLU, conv1] - bn1 - pool - [transform, ReLU, conv2] - bn2 - ... - ReLU - pool - fc.
TEST(WinogradReluNet, ComputesTheChangedNetwork) {
  const auto net = *MakeNet(ReluNetwork("lenet-5-3x3", 1.0, "fashion-mnist"), 3);
  for (ConvUnit* unit : net->Prunable()) ASSERT_TRUE(ConvertToWinograd(*unit, 2).ok());
  net->eval();
  torch::NoGradGuard no_grad;
  const Tensor images = RandomTensor({3, 1, 32, 32}, 1);
  auto parameters = net->named_parameters();
  const auto norm = [&](int i, const Tensor& x) {
    return net->Convs()[static_cast<size_t>(i)]->batch_norm()->forward(x);
  };
  const auto conv = [&](int i, const Tensor& x) {
    const Tensor& q = parameters["conv" + std::to_string(i) + ".winograd_weight"];
    Tensor tiles = TransformedTiles(x, 1, 2);
    if (i > 0) tiles = tiles.relu();
    return norm(i, ConvolveTransformed(tiles, x.sizes(), q, Tensor(), 1, 2));
  };
  Tensor x = torch::max_pool2d(conv(1, conv(0, images)), 2);
  x = torch::max_pool2d(conv(3, conv(2, x)).relu(), 2).flatten(1);
  x = torch::linear(x, parameters["fc0.weight"], parameters["fc0.bias"]).relu();
  x = torch::linear(x, parameters["fc1.weight"], parameters["fc1.bias"]);
  EXPECT_LT(MaxRelativeError(net->forward(images), x), 1e-4);
}

// Blocks, residuals and shortcuts included: training forwards and backwards gives every weight a finite gradient.
TEST(WinogradReluNet, TrainsWithShortcutsToo) {
  for (const auto& [name, width] : {std::pair("resnet-20", 1.0), std::pair("vgg-nagadomi", 0.25)}) {
    const auto net = *MakeNet(ReluNetwork(name, width, "cifar-10"), 3);
    for (ConvUnit* unit : net->Prunable()) ASSERT_TRUE(ConvertToWinograd(*unit, 2).ok());
    net->train();
    net->SetDropoutStep(1, 0);
    net->forward(RandomTensor({16, 3, 32, 32}, 1)).square().sum().backward();
    for (const auto& item : net->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << name << " " << item.key();
      EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << name << " " << item.key();
    }
  }
}

TEST(WinogradReluNet, HasTilesOfTwoOnly) {
  const auto net = *MakeNet(ReluNetwork("lenet-5-3x3", 1.0, "fashion-mnist"), 3);
  const Status status = ConvertToWinograd(*net->FindConv("conv1"), 4);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("conv1 has its ReLU in the Winograd domain"));
  EXPECT_TRUE(ConvertToWinograd(*net->FindConv("conv0"), 4).ok());  // takes the image
}

}  // namespace
}  // namespace winnow::worker
