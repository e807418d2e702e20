#include "spec/layer_graph.h"

#include <map>

#include "spec/json_table.h"

namespace winnow::spec {
namespace {

constexpr int kMostChannels = 1 << 16;
constexpr int kLargestKernel = 64;
constexpr size_t kMostInputs = 64;

constexpr LayerOp kOps[] = {LayerOp::kConv,    LayerOp::kBatchNorm, LayerOp::kRelu,          LayerOp::kAdd,
                            LayerOp::kMaxPool, LayerOp::kAvgPool,   LayerOp::kGlobalAvgPool, LayerOp::kFlatten,
                            LayerOp::kLinear,  LayerOp::kDropout,   LayerOp::kPadChannels};

using G = GraphLayer;

Field<G> InputsField() {
  Field<G> field =
      MakeField<G>("inputs", Presence::kInherited, &G::inputs, ListType(TextType(1, 100), 1, kMostInputs, false),
                   "names of layers, or \"image\"; default the layer listed before");
  field.type.write = [](const G& layer) {
    return layer.inputs.empty() ? std::nullopt : std::optional<Json>(Json(layer.inputs));
  };
  return field;
}

Field<G> StrideField(Presence presence, std::string description) {
  return MakeField<G>("stride", presence, &G::stride, IntegerType<int>(1, kLargestKernel), std::move(description));
}

Field<G> KernelField(Presence presence) {
  return MakeField<G>("kernel", presence, &G::kernel, IntegerType<int>(1, kLargestKernel), "rows and columns");
}

Field<G> PaddingField() {
  return MakeField<G>("padding", Presence::kDefaulted, &G::padding, IntegerType<int>(0, kLargestKernel - 1),
                      "on every side; below kernel");
}

Field<G> BiasField() {
  return MakeField<G>("bias", Presence::kDefaulted, &G::bias, BooleanType(), "whether there is one");
}

// Members that only layers of this kind have.
void AddOwnFields(LayerOp op, Table<G>& table) {
  switch (op) {
    case LayerOp::kConv:
      table.push_back(MakeField<G>("out_channels", Presence::kRequired, &G::out_channels,
                                   IntegerType<int>(1, kMostChannels), "filters"));
      table.push_back(KernelField(Presence::kRequired));
      table.push_back(StrideField(Presence::kDefaulted, "pixels from one output to the next"));
      table.push_back(PaddingField());
      table.push_back(BiasField());
      break;
    case LayerOp::kLinear:
      table.push_back(MakeField<G>("out_features", Presence::kRequired, &G::out_channels,
                                   IntegerType<int>(1, kMostChannels), "outputs"));
      table.push_back(BiasField());
      break;
    case LayerOp::kMaxPool:
    case LayerOp::kAvgPool:
      table.push_back(KernelField(Presence::kRequired));
      table.push_back(StrideField(Presence::kInherited, "default the kernel"));
      table.push_back(PaddingField());
      break;
    case LayerOp::kDropout:
      table.push_back(MakeField<G>("probability", Presence::kDefaulted, &G::probability,
                                   NumberType({0, 1, false, true}), "of an element to be dropped"));
      break;
    case LayerOp::kPadChannels:
      table.push_back(MakeField<G>("before", Presence::kDefaulted, &G::before, IntegerType<int>(0, kMostChannels),
                                   "zero channels before the input's"));
      table.push_back(MakeField<G>("behind", Presence::kDefaulted, &G::behind, IntegerType<int>(0, kMostChannels),
                                   "zero channels behind the input's"));
      break;
    default:
      break;
  }
}

Table<G> TableOf(LayerOp op) {
  const std::string name(LayerOpName(op));
  const bool has_weights = op == LayerOp::kConv || op == LayerOp::kLinear || op == LayerOp::kBatchNorm;
  Table<G> table;
  table.push_back(MakeField<G>("name", has_weights ? Presence::kRequired : Presence::kInherited, &G::name,
                               LeftOutWhenEmpty(TextType(1, 100)),
                               has_weights ? "its weights are called so; may be dotted" : "for others to refer to"));
  table.push_back({"kind",
                   Presence::kRequired,
                   {.schema = {{"const", name}},
                    .read = [](const Json&, const std::string&, G&, FaultList&) {},  // already told the table
                    .write = [name](const G&) { return std::optional<Json>(name); },
                    .write_difference = nullptr}});
  table.push_back(InputsField());
  AddOwnFields(op, table);
  return table;
}

const std::map<LayerOp, Table<G>>& Tables() {
  static const auto* const kTables = [] {
    auto* tables = new std::map<LayerOp, Table<G>>;
    for (const LayerOp op : kOps) tables->emplace(op, TableOf(op));
    return tables;
  }();
  return *kTables;
}

void ReadLayer(const Json& json, const std::string& pointer, G& layer, FaultList& faults) {
  if (!json.is_object()) return faults.Add(pointer, "expected an object, found " + Found(json));
  const auto kind = json.find("kind");
  if (kind == json.end()) return faults.Add(pointer, "expected the member \"kind\", found none");
  std::vector<std::string> names;
  for (const LayerOp op : kOps) names.emplace_back(LayerOpName(op));
  const auto name = ReadName(*kind, Below(pointer, "kind"), names, faults);
  if (!name) return;
  layer.op = kOps[std::find(names.begin(), names.end(), *name) - names.begin()];
  ReadObject(Tables().at(layer.op), json, pointer, layer, faults);
  const bool pools = layer.op == LayerOp::kMaxPool || layer.op == LayerOp::kAvgPool;
  if (pools && !json.contains("stride")) layer.stride = layer.kernel;
  if (layer.padding >= layer.kernel) {
    faults.Add(Below(pointer, "padding"), "expected less than the kernel, " + std::to_string(layer.kernel) +
                                              ", found the number " + std::to_string(layer.padding));
  }
}

JsonType<G> GraphLayerType() {
  OrderedJson kinds = OrderedJson::array();
  for (const LayerOp op : kOps) kinds.push_back(ObjectSchema(Tables().at(op)));
  return {.schema = {{"oneOf", std::move(kinds)}},
          .read = ReadLayer,
          .write = [](const G& layer) { return std::optional<Json>(WriteObject(Tables().at(layer.op), layer)); },
          .write_difference = nullptr};
}

}  // namespace

std::string_view LayerOpName(LayerOp op) {
  switch (op) {
    case LayerOp::kConv:
      return "conv";
    case LayerOp::kBatchNorm:
      return "batch_norm";
    case LayerOp::kRelu:
      return "relu";
    case LayerOp::kAdd:
      return "add";
    case LayerOp::kMaxPool:
      return "max_pool";
    case LayerOp::kAvgPool:
      return "avg_pool";
    case LayerOp::kGlobalAvgPool:
      return "global_avg_pool";
    case LayerOp::kFlatten:
      return "flatten";
    case LayerOp::kLinear:
      return "linear";
    case LayerOp::kDropout:
      return "dropout";
    case LayerOp::kPadChannels:
      return "pad_channels";
  }
  return "";
}

JsonType<LayerGraph> LayerGraphType() {
  return ObjectType<LayerGraph>({
      MakeField<LayerGraph>("layers", Presence::kRequired, &LayerGraph::layers,
                            ListType(GraphLayerType(), 1, LayerGraph::kMostLayers, false),
                            "in any order; one of them, whose output nobody takes, gives the logits"),
  });
}

}  // namespace winnow::spec
