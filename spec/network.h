// Catalogue of the networks that Winnow trains and prunes: layer names, shapes and the work of each layer.
//
// worker/nn builds modules of the same names and shapes; nothing here computes.
//
//   vgg-nagadomi  conv0..conv7, each 3x3 padded by 1 with bias, then batch norm bn0..bn7, then ReLU; 64, 64, pool, 128,
//                 128, pool, 256, 256, 256, 256, pool; fc0 and fc1 of 1024, each with ReLU and dropout 0.5; fc2. Every
//                 size but the classes is multiplied by the width.
//   lenet-5-3x3   conv0..conv3, each 3x3 padded by 1 without bias, then bn0..bn3, then ReLU; 16, 16, pool, 32, 32,
//   pool;
//                 fc0 of 128 with ReLU; fc1. For quick sweeps; the name is that of the four-convolution LeNet in the
//                 notes of Yu et al., whose sizes are not published.
//   resnet-20     for CIFAR-sized images: conv1, bn1, then layer1..layer3 of three blocks each (16, 32, 64 channels):
//                 layerL.B.conv1, bn1, ReLU, conv2, bn2, plus the block's input, ReLU; no biases; global average pool;
//                 linear. The first block of layer2 and layer3 has stride 2, and its shortcut takes every second pixel
//                 and adds zero channels, half of them before and half behind (option A). Names are those of the
//                 published weights.
//
// Pools are 2x2 maxima with stride 2. Linear layers have biases. Flattening is in the order channel, row, column.
#ifndef SPEC_NETWORK_H_
#define SPEC_NETWORK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/data_set.h"

namespace winnow::spec {

enum class LayerKind { kConv, kLinear };

// A layer with weights. Sizes are of one image; a linear layer has a 1x1 input of in_channels features.
struct Layer {
  std::string name;
  LayerKind kind = LayerKind::kConv;
  int in_channels = 0;
  int out_channels = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  int input_height = 1;
  int input_width = 1;
  bool has_bias = false;
  std::string batch_norm;      // name of the batch norm that follows, "" for none
  bool pool_after = false;     // a 2x2 pool follows, after the ReLU
  double dropout_after = 0.0;  // probability of the dropout that follows, after the ReLU; 0 for none

  int output_height() const { return (input_height + 2 * padding - kernel) / stride + 1; }
  int output_width() const { return (input_width + 2 * padding - kernel) / stride + 1; }

  // Whether it can be pruned for, and converted to, the Winograd domain: 3x3 with stride 1.
  bool prunable() const { return kind == LayerKind::kConv && kernel == 3 && stride == 1; }

  // Of weights with inputs, for one image, computed directly; padding counts as input.
  int64_t multiplications() const;

  // Output tiles of m x m that cover the output, the last row and column of them possibly in part.
  int64_t tiles(int m) const;

  // Of Winograd-domain coefficients with transformed inputs, for one image: tiles x (m+2)^2 x channels in and out.
  // Transforms do not count. Only for prunable layers.
  int64_t winograd_multiplications(int m) const;

  friend bool operator==(const Layer&, const Layer&) = default;
};

struct Network {
  std::string name;
  double width = 1.0;  // factor on the channel counts
  int classes = 0;
  std::vector<Layer> layers;  // in the order of computation

  // Null where no layer is called so.
  const Layer* FindLayer(std::string_view layer_name) const;
};

std::vector<std::string> NetworkNames();

// Whether the network takes a width other than 1.
bool TakesWidth(std::string_view network);

// The network for the images and classes of `data_set`.
//
// kNotFound         no network of that name; the message gives the nearest names
// kInvalidArgument  width not in (0, 4], or not 1 for a network that takes no other
Result<Network> FindNetwork(std::string_view name, double width, const DataSet& data_set);

}  // namespace winnow::spec

#endif  // SPEC_NETWORK_H_
