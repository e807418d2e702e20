#include "worker/stage/evaluate_executor.h"

#include <algorithm>

#include "worker/data/load_data_set.h"
#include "worker/nn/winograd_conv2d.h"
#include "worker/nn/winograd_relu_conv2d.h"
#include "worker/pruning/sparsity.h"
#include "worker/stage/kernel_values.h"
#include "worker/stage/net_stage.h"
#include "worker/training/evaluation.h"

namespace winnow::worker {
namespace {

// One layer's zeros, and its entry of the result.
struct LayerReport {
  LayerZeros zeros;
  Json json;
};

// Four to a digit, the first the lowest bit: what paired comparisons of nets need, in a quarter of the images' number
// of characters.
std::string BitText(const std::vector<bool>& bits) {
  std::string text((bits.size() + 3) / 4, '0');
  for (size_t digit = 0; digit < text.size(); ++digit) {
    size_t value = 0;
    for (size_t i = 0; i < 4 && digit * 4 + i < bits.size(); ++i)
      value |= static_cast<size_t>(bits[digit * 4 + i]) << i;
    text[digit] = "0123456789abcdef"[value];
  }
  return text;
}

double Share(int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

// A convolution that is or may come into the Winograd domain.
LayerReport ReportPrunable(ConvUnit& unit, int tile_size) {
  torch::NoGradGuard no_grad;
  const torch::Tensor& kernel = unit.conv().kernel();
  const bool converted = unit.conv().tile_size() != 0;
  const torch::Tensor coefficients = converted ? kernel : ToWinogradDomain(kernel, tile_size);
  LayerReport report;
  report.zeros = {
      .name = unit.name(), .zeros = CountZeros(Values(coefficients)), .count = coefficients.numel(), .winograd = true};
  report.json = {{"name", unit.name()},
                 {"spatial_sparsity", converted ? Json() : Json(Share(CountZeros(Values(kernel)), kernel.numel()))},
                 {"winograd_sparsity", Share(report.zeros.zeros, report.zeros.count)}};
  return report;
}

LayerReport ReportOther(const spec::Layer& layer, const torch::Tensor& weight) {
  const std::span<const float> values = Values(weight);
  LayerReport report;
  report.zeros = {
      .name = layer.name, .zeros = CountZeros(values), .count = static_cast<int64_t>(values.size()), .winograd = false};
  report.json = {{"name", layer.name},
                 {"spatial_sparsity", Share(report.zeros.zeros, report.zeros.count)},
                 {"winograd_sparsity", Json()}};
  return report;
}

Json SparsityOf(Net& net, const spec::EvaluateParameters& parameters, Json& layers) {
  std::vector<ConvUnit*> prunable = net.Prunable(parameters.exclude);
  const auto weights = net.named_parameters();
  std::vector<LayerZeros> zeros;
  for (const spec::Layer& layer : net.network().layers) {
    const auto unit = std::find_if(prunable.begin(), prunable.end(),
                                   [&](const ConvUnit* candidate) { return candidate->name() == layer.name; });
    LayerReport report = unit != prunable.end() ? ReportPrunable(**unit, parameters.tile_size)
                                                : ReportOther(layer, weights[layer.name + ".weight"]);
    report.json["multiplications"] = LayerMultiplications(layer, report.zeros, parameters.tile_size);
    layers.push_back(std::move(report.json));
    zeros.push_back(std::move(report.zeros));
  }
  const SparsityFigures figures = MeasureSparsity(net.network(), zeros, parameters.tile_size);
  return {{"prunable", figures.prunable},
          {"network", figures.network},
          {"multiplications_left", figures.multiplications_left}};
}

// Null where the layer's ReLU is not in the Winograd domain.
WinogradReluConv2d* ReluLayer(Net& net, const std::string& name) {
  ConvUnit* const unit = net.FindConv(name);
  return unit == nullptr ? nullptr : dynamic_cast<WinogradReluConv2d*>(&unit->conv());
}

// What the test images made zero behind ReLUs in the Winograd domain: of each layer its share.
void AddActivations(Net& net, Json& layers) {
  for (Json& json : layers) {
    const WinogradReluConv2d* const conv = ReluLayer(net, json["name"].get<std::string>());
    if (conv == nullptr || conv->activations().count == 0) continue;
    json["activation_sparsity"] = Share(conv->activations().zeros, conv->activations().count);
  }
}

Status CheckTileSize(Net& net, const spec::EvaluateParameters& parameters) {
  for (ConvUnit* unit : net.Convs()) {
    const int found = unit->conv().tile_size();
    const bool excluded =
        std::find(parameters.exclude.begin(), parameters.exclude.end(), unit->name()) != parameters.exclude.end();
    if (found == 0 || (found == parameters.tile_size && !excluded)) continue;
    return FailedPrecondition(unit->name() + " of the net is in the Winograd domain for tile size " +
                              std::to_string(found) + ", the stage expects " +
                              (excluded ? "it excluded" : std::to_string(parameters.tile_size)));
  }
  return OkStatus();
}

}  // namespace

Result<StageOutcome> EvaluateExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::EvaluateParameters>(context.request.parameters);
  const SteadyTime begin = context.clock.Now();
  context.events.Started({context.numerics_class});
  WINNOW_ASSIGN_OR_RETURN(const StageCatalogue catalogue, FindCatalogue(parameters.model, parameters.data));
  const ParentNet& parent = context.request.parents.front();
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<Net> net,
                          LoadCheckpoint(parent.checkpoint, parent.digest, catalogue.network, /*seed=*/0));
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayerNames(*net, parameters.exclude, {}));
  WINNOW_RETURN_ERR_IF_ERROR(CheckTileSize(*net, parameters));
  const Split split = parameters.data.held_out > 0 ? Split::kHeldOut : Split::kTest;
  WINNOW_ASSIGN_OR_RETURN(const ImageSet images, LoadDataSet(catalogue.data_set, context.request.data->folder, split,
                                                             parameters.data.test_limit, parameters.data.held_out));
  const BatchAssembler assembler(images, spec::FindNormalisation(catalogue.network.name, catalogue.data_set),
                                 catalogue.data_set.height);
  Json layers = Json::array();
  const Json sparsity = SparsityOf(*net, parameters, layers);
  net->to(torch::Device(context.request.device));
  for (const ConvUnit* unit : net->Convs()) {
    if (WinogradReluConv2d* const conv = ReluLayer(*net, unit->name())) conv->CountActivations();
  }
  const std::optional<EvaluationFigures> figures = Evaluate(*net, images, assembler, [&](int64_t done) {
    context.events.Progress(static_cast<double>(done), static_cast<double>(images.count), "images", "");
    return !context.stop_requested();
  });
  if (!figures) return StageOutcome{.stopped = true, .values = {}};
  AddActivations(*net, layers);
  const double seconds = std::chrono::duration<double>(context.clock.Now() - begin).count();
  return StageOutcome{.values = {{"accuracy", figures->accuracy()},
                                 {"correct", figures->correct},
                                 {"images", figures->images},
                                 {"loss", figures->loss},
                                 {"right", BitText(figures->right)},
                                 {"sparsity", sparsity},
                                 {"layers", std::move(layers)},
                                 {"seconds", seconds}}};
}

}  // namespace winnow::worker
