// Networks that Winnow trains and prunes: operations in the order of computation, layer names, shapes and the work of
// each layer.
//
// worker/nn builds modules of the same names and shapes; nothing here computes. The networks of the catalogue are
// described in spec/catalogue_networks.h; a user's own come from `model.graph` (spec/layer_graph.h).
#ifndef SPEC_NETWORK_H_
#define SPEC_NETWORK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/data_set.h"
#include "spec/layer_graph.h"

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
  bool winograd_relu = false;  // takes its input through a ReLU in the Winograd domain (spec/winograd_relu.h)

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

// One operation of a network.
struct Node {
  static constexpr int kImage = -1;

  LayerOp op = LayerOp::kRelu;
  std::string name;         // "" where it has none
  std::vector<int> inputs;  // indexes of nodes before this one, or kImage
  int layer = -1;           // of conv and linear: index in Network::layers
  int channels = 0;         // of the output; behind kFlatten and kLinear all there is, 1x1
  int height = 1;
  int width = 1;
  int kernel = 1, stride = 1, padding = 0;  // of conv and pools
  double probability = 0.0;                 // of dropout
  int before = 0, behind = 0;               // of pad_channels

  friend bool operator==(const Node&, const Node&) = default;
};

struct Network {
  std::string name;
  double width = 1.0;  // factor on the channel counts
  int classes = 0;
  int image_channels = 0, image_height = 0, image_width = 0;
  std::vector<Layer> layers;  // those with weights, in the order of computation
  std::vector<Node> nodes;    // all operations, each behind its inputs; the last one gives the logits
  LayerGraph graph;           // what it was made of

  // Null where no layer is called so.
  const Layer* FindLayer(std::string_view layer_name) const;
};

// What a network that is none of the catalogue's is called: a user's own.
inline constexpr std::string_view kGraphModel = "graph";

// Of the catalogue.
std::vector<std::string> NetworkNames();
// Those and kGraphModel: what a model may be called.
std::vector<std::string> ModelNames();

// Whether the network takes a width other than 1.
bool TakesWidth(std::string_view network);
std::vector<std::string> NetworksWithWidth();

// The network of the catalogue for the images and classes of `data_set`.
//
// kNotFound         no network of that name; the message gives the nearest names
// kInvalidArgument  width not in (0, 4], or not 1 for a network that takes no other; images too small for the network
Result<Network> FindNetwork(std::string_view name, double width, const DataSet& data_set);
// The same, or the user's own where there is a `graph`. kInvalidArgument besides lists the faults of the graph.
Result<Network> FindNetwork(std::string_view name, double width, const std::optional<LayerGraph>& graph,
                            const DataSet& data_set);

}  // namespace winnow::spec

#endif  // SPEC_NETWORK_H_
