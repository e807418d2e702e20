#include "worker/pruning/sparsity.h"

#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

// Two convolutions and a linear layer, small enough to do by hand.
//   a: 2 -> 4 channels on 8x8: direct 2*4*9*64 = 4608; F(4,3) 4 tiles * 36 * 8 = 1152; F(2,3) 16 tiles * 16 * 8 = 2048
//   b: 4 -> 4 channels on 8x8 with stride 2 (output 4x4): direct 4*4*9*16 = 2304
//   c: linear, 64 -> 10: 640
spec::Network SmallNetwork() {
  spec::Network network;
  network.name = "small";
  spec::Layer a;
  a.name = "a";
  a.in_channels = 2;
  a.out_channels = 4;
  a.kernel = 3;
  a.padding = 1;
  a.input_height = a.input_width = 8;
  spec::Layer b = a;
  b.name = "b";
  b.in_channels = 4;
  b.stride = 2;
  spec::Layer c;
  c.name = "c";
  c.kind = spec::LayerKind::kLinear;
  c.in_channels = 64;
  c.out_channels = 10;
  network.layers = {a, b, c};
  return network;
}

constexpr double kDirect = 4608 + 2304 + 640;

TEST(MeasureSparsity, IsThatOfTheTableForFourByFourTiles) {
  const spec::Network network = SmallNetwork();
  const LayerZeros layers[] = {{.name = "a", .zeros = 72, .count = 288, .winograd = true},
                               {.name = "b", .zeros = 0, .count = 144},
                               {.name = "c", .zeros = 320, .count = 640}};
  const SparsityFigures figures = MeasureSparsity(network, layers, 4);
  EXPECT_DOUBLE_EQ(figures.prunable, 0.25);
  EXPECT_DOUBLE_EQ(figures.network, (0.25 * 1152 + 0.5 * 640) / (1152 + 2304 + 640));
  // Nothing skips the zeros of the linear layer.
  EXPECT_DOUBLE_EQ(figures.multiplications_left, (0.75 * 1152 + 2304 + 640) / kDirect);
  EXPECT_EQ(LayerMultiplications(network.layers[0], layers[0], 4), 864);
  EXPECT_EQ(LayerMultiplications(network.layers[1], layers[1], 4), 2304);
}

TEST(MeasureSparsity, TellsTheTileSizesApartOnlyByMultiplicationsLeft) {
  const spec::Network network = SmallNetwork();
  const LayerZeros f2[] = {{.name = "a", .zeros = 64, .count = 128, .winograd = true},
                           {.name = "b", .zeros = 0, .count = 144},
                           {.name = "c", .zeros = 0, .count = 640}};
  LayerZeros f4[3] = {f2[0], f2[1], f2[2]};
  f4[0].zeros = 144;
  f4[0].count = 288;
  const SparsityFigures two = MeasureSparsity(network, f2, 2), four = MeasureSparsity(network, f4, 4);
  EXPECT_DOUBLE_EQ(two.prunable, 0.5);
  EXPECT_DOUBLE_EQ(four.prunable, 0.5);
  EXPECT_DOUBLE_EQ(two.multiplications_left, (0.5 * 2048 + 2304 + 640) / kDirect);
  EXPECT_DOUBLE_EQ(four.multiplications_left, (0.5 * 1152 + 2304 + 640) / kDirect);
}

TEST(MeasureSparsity, AnExcludedLayerIsComputedDirectly) {
  const spec::Network network = SmallNetwork();
  const LayerZeros layers[] = {{.name = "a", .zeros = 18, .count = 72},
                               {.name = "b", .zeros = 0, .count = 144},
                               {.name = "c", .zeros = 0, .count = 640}};
  const SparsityFigures figures = MeasureSparsity(network, layers, 4);
  EXPECT_DOUBLE_EQ(figures.prunable, 0.0);
  EXPECT_DOUBLE_EQ(figures.network, 0.25 * 4608 / kDirect);
  EXPECT_DOUBLE_EQ(figures.multiplications_left, 1.0);
}

TEST(CountZeros, CountsBothZeros) {
  const float values[] = {0.0f, -0.0f, 1e-45f, 2.0f};
  EXPECT_EQ(CountZeros(values), 2);
}

}  // namespace
}  // namespace winnow::worker
