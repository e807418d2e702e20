// A network as a user writes it down: layers that take each other's outputs. Spec member `model.graph`, docs/formats.md
// section 1.
//
// A plain value. Shapes are nowhere in it: spec/build_network.h infers them from the images of a data set.
#ifndef SPEC_LAYER_GRAPH_H_
#define SPEC_LAYER_GRAPH_H_

#include <string>
#include <string_view>
#include <vector>

#include "spec/json_type.h"

namespace winnow::spec {

enum class LayerOp {
  kConv,           // square, as many columns as rows of zeros on all sides
  kBatchNorm,      // per channel
  kRelu,           //
  kAdd,            // of two or more inputs of one shape
  kMaxPool,        // padding never wins
  kAvgPool,        // padding counts as zeros
  kGlobalAvgPool,  // to 1x1
  kFlatten,        // in the order channel, row, column
  kLinear,         // of its input, flattened
  kDropout,        //
  kPadChannels,    // zero channels before and behind: the shortcut of option A, behind a max_pool of kernel 1
};
std::string_view LayerOpName(LayerOp op);  // "conv", "batch_norm", ...

// Only the members that `op` has count (LayerGraphType() refuses others); the rest keep their defaults.
struct GraphLayer {
  std::string name;  // of its weights; may be dotted; "" where nothing refers to it
  LayerOp op = LayerOp::kRelu;
  std::vector<std::string> inputs;  // names of layers, or kImageInput; none: the layer listed before, or the image
  int out_channels = 0;             // conv; of linear the features
  int kernel = 1;                   // conv, pools: rows and columns
  int stride = 1;                   // conv, pools
  int padding = 0;                  // conv, pools; below kernel
  bool bias = true;                 // conv, linear
  double probability = 0.5;         // dropout: of an element to be dropped
  int before = 0;                   // pad_channels
  int behind = 0;                   // pad_channels

  friend bool operator==(const GraphLayer&, const GraphLayer&) = default;
};

struct LayerGraph {
  static constexpr std::string_view kImageInput = "image";
  static constexpr size_t kMostLayers = 2000;

  std::vector<GraphLayer> layers;  // in any order

  friend bool operator==(const LayerGraph&, const LayerGraph&) = default;
};

// {"layers": [{"name", "kind", "inputs", ...}]}. Written with all members of each kind but empty names and inputs.
JsonType<LayerGraph> LayerGraphType();

}  // namespace winnow::spec

#endif  // SPEC_LAYER_GRAPH_H_
