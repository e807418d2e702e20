#include "spec/build_network.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

// Sizes whose products a 64-bit count of multiplications holds.
constexpr int64_t kMostElements = int64_t{1} << 30;

bool HasWeights(LayerOp op) { return op == LayerOp::kConv || op == LayerOp::kLinear || op == LayerOp::kBatchNorm; }

std::string SizesText(const Node& node) {
  return std::to_string(node.channels) + "x" + std::to_string(node.height) + "x" + std::to_string(node.width);
}

// What a name is put together of, if it is one that weights can have: parts of A-Z, a-z, 0-9, _ and - with single dots
// between them.
bool IsWeightName(const std::string& name) {
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// One building of a network. Indexes are those of `graph.layers` until Order() has told where each layer stands.
class Construction {
 public:
  Construction(const LayerGraph& graph, const DataSet& data_set, const std::string& pointer, FaultList& faults)
      : graph_(graph), data_set_(data_set), pointer_(pointer), faults_(faults), faults_before_(faults.count()) {}

  std::optional<Network> Run() {
    NameLayers();
    CheckWeightNames();
    FindInputs();
    if (!Good()) return std::nullopt;
    Order();
    if (!Good()) return std::nullopt;
    for (const size_t index : order_) Append(index);
    CheckLogits();
    if (!Good()) return std::nullopt;
    network_.name = kGraphModel;
    network_.classes = data_set_.classes;
    network_.image_channels = data_set_.channels;
    network_.image_height = data_set_.height;
    network_.image_width = data_set_.width;
    network_.graph = graph_;
    return std::move(network_);
  }

 private:
  bool Good() const { return faults_.count() == faults_before_; }
  std::string At(size_t index) const { return Below(Below(pointer_, "layers"), index); }
  std::string At(size_t index, std::string_view member) const { return Below(At(index), member); }
  // As messages call a layer.
  std::string Called(size_t index) const {
    const std::string& name = graph_.layers[index].name;
    return name.empty() ? "layer " + std::to_string(index) : "\"" + name + "\"";
  }

  void NameLayers() {
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
      const std::string& name = graph_.layers[i].name;
      if (name.empty()) continue;
      if (name == LayerGraph::kImageInput) {
        faults_.Add(At(i, "name"), "expected another name than \"image\", which is the network's input");
      } else if (const auto [place, added] = places_.emplace(name, i); !added) {
        faults_.Add(At(i, "name"), "expected distinct names, found \"" + name + "\" again, that of layer " +
                                       std::to_string(place->second));
      }
    }
  }

  // Weights are called after their layer and a dot, so no layer may be called as another's weights could be.
  void CheckWeightNames() {
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
      const GraphLayer& layer = graph_.layers[i];
      if (!HasWeights(layer.op)) continue;
      if (!IsWeightName(layer.name)) {
        faults_.Add(At(i, "name"),
                    "expected letters, digits, _ and -, in parts with single dots between them, found \"" + layer.name +
                        "\"; the layer's weights are called so");
        continue;
      }
      for (size_t dot = layer.name.find('.'); dot != std::string::npos; dot = layer.name.find('.', dot + 1)) {
        const auto owner = places_.find(layer.name.substr(0, dot));
        if (owner == places_.end() || !HasWeights(graph_.layers[owner->second].op)) continue;
        faults_.Add(At(i, "name"),
                    "expected a name that does not begin with that of another layer with weights, found \"" +
                        layer.name + "\" beside \"" + owner->first + "\"");
      }
    }
  }

  void FindInputs() {
    std::vector<std::string> known{std::string(LayerGraph::kImageInput)};
    for (const auto& [name, index] : places_) known.push_back(name);
    inputs_.resize(graph_.layers.size());
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
      const GraphLayer& layer = graph_.layers[i];
      CheckInputCount(i);
      if (layer.inputs.empty()) inputs_[i].push_back(i == 0 ? Node::kImage : static_cast<int>(i) - 1);
      for (size_t k = 0; k < layer.inputs.size(); ++k) {
        const std::string& name = layer.inputs[k];
        if (name == LayerGraph::kImageInput) {
          inputs_[i].push_back(Node::kImage);
        } else if (const auto place = places_.find(name); place != places_.end()) {
          inputs_[i].push_back(static_cast<int>(place->second));
        } else {
          faults_.Add(Below(At(i, "inputs"), k), faults_.full() ? ""
                                                                : "expected \"image\" or a layer's name, found \"" +
                                                                      name + "\"; " + SuggestNames(name, known));
        }
      }
    }
  }

  void CheckInputCount(size_t index) {
    const GraphLayer& layer = graph_.layers[index];
    if (layer.op == LayerOp::kAdd) {
      if (layer.inputs.size() >= 2) return;
      faults_.Add(layer.inputs.empty() ? At(index) : At(index, "inputs"),
                  "expected two or more inputs of add, found " + std::string(layer.inputs.empty() ? "none" : "one"));
    } else if (layer.inputs.size() > 1) {
      faults_.Add(At(index, "inputs"), "expected one input of " + std::string(LayerOpName(layer.op)) + ", found " +
                                           std::to_string(layer.inputs.size()));
    }
  }

  // Every layer behind its inputs; of those that could be next, the one listed first.
  void Order() {
    std::vector<std::vector<size_t>> takers(inputs_.size());
    std::vector<size_t> missing(inputs_.size());
    std::set<size_t> ready;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      for (const int input : inputs_[i]) {
        if (input == Node::kImage) continue;
        takers[static_cast<size_t>(input)].push_back(i);
        ++missing[i];
      }
      if (missing[i] == 0) ready.insert(i);
    }
    while (!ready.empty()) {
      const size_t next = *ready.begin();
      ready.erase(ready.begin());
      order_.push_back(next);
      for (const size_t taker : takers[next]) {
        if (--missing[taker] == 0) ready.insert(taker);
      }
    }
    if (order_.size() < inputs_.size()) return ReportCircle(missing);
    CheckTakers(takers);
  }

  // Each layer that is left waits for one that is left, so that walk comes round.
  void ReportCircle(const std::vector<size_t>& missing) {
    std::vector<size_t> walk{static_cast<size_t>(
        std::find_if(missing.begin(), missing.end(), [](size_t count) { return count > 0; }) - missing.begin())};
    for (;;) {
      const std::vector<int>& inputs = inputs_[walk.back()];
      const auto next = static_cast<size_t>(*std::find_if(inputs.begin(), inputs.end(), [&](int input) {
        return input != Node::kImage && missing[static_cast<size_t>(input)] > 0;
      }));
      const auto seen = std::find(walk.begin(), walk.end(), next);
      const bool round = seen != walk.end();
      if (round) walk.erase(walk.begin(), seen);
      walk.push_back(next);
      if (round) break;
    }
    std::string text;
    for (const size_t index : walk) text += (text.empty() ? "" : " takes ") + Called(index);
    faults_.Add(At(walk.front()), "expected layers that do not go in a circle, found: " + text);
  }

  // The last layer in order has no taker; nobody else may lack one.
  void CheckTakers(const std::vector<std::vector<size_t>>& takers) {
    for (const size_t index : order_) {
      if (!takers[index].empty() || index == order_.back()) continue;
      faults_.Add(At(index), "expected a layer that takes the output of " + Called(index) + ", found none; only " +
                                 Called(order_.back()) + " may end the network");
    }
  }

  // Where the layer's output has no shape, those behind it have none either and are passed over.
  void Append(size_t index) {
    const GraphLayer& layer = graph_.layers[index];
    Node node;
    node.op = layer.op;
    node.name = layer.name;
    node.probability = layer.op == LayerOp::kDropout ? layer.probability : 0.0;
    for (const int input : inputs_[index]) {
      const auto place =
          input == Node::kImage ? std::optional<int>(Node::kImage) : place_of_[static_cast<size_t>(input)];
      if (!place) return;
      node.inputs.push_back(*place);
    }
    if (!InferShape(index, layer, node)) return;
    if (int64_t{node.channels} * node.height * node.width > kMostElements) {
      return faults_.Add(At(index), "expected an output of at most " + std::to_string(kMostElements) +
                                        " elements, found " + SizesText(node));
    }
    place_of_[index] = static_cast<int>(network_.nodes.size());
    network_.nodes.push_back(std::move(node));
  }

  Node OutputOf(int place) const {
    if (place != Node::kImage) return network_.nodes[static_cast<size_t>(place)];
    Node image;
    image.channels = data_set_.channels;
    image.height = data_set_.height;
    image.width = data_set_.width;
    return image;
  }

  bool InferShape(size_t index, const GraphLayer& layer, Node& node) {
    const Node input = OutputOf(node.inputs.front());
    node.channels = input.channels;
    node.height = input.height;
    node.width = input.width;
    switch (layer.op) {
      case LayerOp::kConv:
      case LayerOp::kMaxPool:
      case LayerOp::kAvgPool:
        return InferWindows(index, layer, input, node);
      case LayerOp::kAdd:
        return CheckSum(index, node);
      case LayerOp::kGlobalAvgPool:
        node.height = node.width = 1;
        return true;
      case LayerOp::kFlatten:
        node.channels = input.channels * input.height * input.width;
        node.height = node.width = 1;
        return true;
      case LayerOp::kLinear:
        node.channels = layer.out_channels;
        node.height = node.width = 1;
        node.layer = AddLayer(layer, input);
        return true;
      case LayerOp::kPadChannels:
        node.before = layer.before;
        node.behind = layer.behind;
        node.channels += layer.before + layer.behind;
        return true;
      case LayerOp::kBatchNorm:
        JoinBatchNorm(layer, node);
        return true;
      case LayerOp::kRelu:
      case LayerOp::kDropout:
        return true;
    }
    return false;
  }

  bool InferWindows(size_t index, const GraphLayer& layer, const Node& input, Node& node) {
    node.kernel = layer.kernel;
    node.stride = layer.stride;
    node.padding = layer.padding;
    const auto outputs = [&](int size) { return (size + 2 * layer.padding - layer.kernel) / layer.stride + 1; };
    if (std::min(input.height, input.width) + 2 * layer.padding < layer.kernel) {
      faults_.Add(At(index, "kernel"), "expected a kernel that fits into the input of " + SizesText(input) +
                                           " with its padding, found " + std::to_string(layer.kernel));
      return false;
    }
    node.height = outputs(input.height);
    node.width = outputs(input.width);
    if (layer.op != LayerOp::kConv) {
      if (2 * layer.padding <= layer.kernel) return true;
      faults_.Add(At(index, "padding"), "expected at most half the kernel of a pool, " + std::to_string(layer.kernel) +
                                            ", found " + std::to_string(layer.padding));
      return false;
    }
    node.channels = layer.out_channels;
    node.layer = AddLayer(layer, input);
    return true;
  }

  bool CheckSum(size_t index, const Node& node) {
    for (size_t k = 1; k < node.inputs.size(); ++k) {
      const Node other = OutputOf(node.inputs[k]);
      if (SizesText(other) == SizesText(node)) continue;
      faults_.Add(Below(At(index, "inputs"), k), "expected the shape of the first input, " + SizesText(node) +
                                                     ", found " + SizesText(other) + " of \"" +
                                                     graph_.layers[index].inputs[k] + "\"");
      return false;
    }
    return true;
  }

  int AddLayer(const GraphLayer& from, const Node& input) {
    Layer layer;
    layer.name = from.name;
    layer.kind = from.op == LayerOp::kConv ? LayerKind::kConv : LayerKind::kLinear;
    layer.in_channels = input.channels;
    layer.out_channels = from.out_channels;
    layer.has_bias = from.bias;
    if (layer.kind == LayerKind::kConv) {
      layer.kernel = from.kernel;
      layer.stride = from.stride;
      layer.padding = from.padding;
      layer.input_height = input.height;
      layer.input_width = input.width;
    } else {
      layer.in_channels *= input.height * input.width;
    }
    network_.layers.push_back(std::move(layer));
    return static_cast<int>(network_.layers.size()) - 1;
  }

  // A batch norm that alone takes a convolution's output belongs to it: the two are one in a net for deployment.
  void JoinBatchNorm(const GraphLayer& layer, const Node& node) {
    const int place = node.inputs.front();
    if (place == Node::kImage || network_.nodes[static_cast<size_t>(place)].op != LayerOp::kConv) return;
    const int64_t takers = std::count_if(inputs_.begin(), inputs_.end(), [&](const std::vector<int>& inputs) {
      return std::any_of(inputs.begin(), inputs.end(), [&](int input) {
        return input != Node::kImage && place_of_[static_cast<size_t>(input)] == place;
      });
    });
    const int conv = network_.nodes[static_cast<size_t>(place)].layer;
    if (takers == 1) network_.layers[static_cast<size_t>(conv)].batch_norm = layer.name;
  }

  void CheckLogits() {
    if (!Good()) return;
    const Node& last = network_.nodes.back();
    if (last.channels == data_set_.classes && last.height == 1 && last.width == 1) return;
    faults_.Add(At(order_.back()), "expected one output a class of " + data_set_.name + ", " +
                                       std::to_string(data_set_.classes) + "x1x1, found " + SizesText(last));
  }

  const LayerGraph& graph_;
  const DataSet& data_set_;
  const std::string& pointer_;
  FaultList& faults_;
  const size_t faults_before_;
  std::map<std::string, size_t> places_;  // by name
  std::vector<std::vector<int>> inputs_;
  std::vector<size_t> order_;
  std::map<size_t, std::optional<int>> place_of_;  // of a layer, in network_.nodes
  Network network_;
};

}  // namespace

std::optional<Network> BuildNetwork(const LayerGraph& graph, const DataSet& data_set, const std::string& pointer,
                                    FaultList& faults) {
  return Construction(graph, data_set, pointer, faults).Run();
}

}  // namespace winnow::spec
