#include "client/cli/result_view.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "client/cli/number_text.h"
#include "client/cli/pareto_chart.h"
#include "client/cli/rate_search.h"
#include "client/cli/resource_name.h"
#include "client/cli/state_text.h"
#include "client/cli/text_table.h"
#include "client/cli/trial_groups.h"

namespace winnow::cli {
namespace {

template <typename Map>
OutputJson Ordered(const Map& values) {
  OutputJson json = OutputJson::object();
  for (const auto& [name, value] : std::map<std::string, double>(values.begin(), values.end())) json[name] = value;
  return json;
}

OutputJson RateJson(bool has, const v1::Rate& rate) {
  if (!has) return nullptr;
  return {{"target", rate.target()}, {"reached", rate.reached()}};
}

OutputJson NumberOrNull(bool has, double value) { return has ? OutputJson(value) : OutputJson(nullptr); }

OutputJson NetworkJson(const v1::BenchmarkRow& row) {
  if (!row.has_network()) return nullptr;
  const v1::NetworkTiming& network = row.network();
  return {{"ours_ms", network.ours_ms()}, {"peers", Ordered(network.peer_ms())}, {"ratios", Ordered(network.ratios())}};
}

OutputJson BenchmarkJson(const v1::BenchmarkRow& row) {
  return {{"batch_size", row.batch_size()},  {"threads", row.threads()},        {"ours_ms", row.ours_ms()},
          {"peers", Ordered(row.peer_ms())}, {"ratios", Ordered(row.ratios())}, {"noisy", row.noisy()},
          {"network", NetworkJson(row)}};
}

// "method" only where the sweep has several.
OutputJson ParametersJson(const v1::TrialParameters& parameters) {
  OutputJson json = {{"tile_size", parameters.tile_size()},
                     {"spatial_rate", NumberOrNull(parameters.has_spatial_rate(), parameters.spatial_rate())},
                     {"winograd_rate", NumberOrNull(parameters.has_winograd_rate(), parameters.winograd_rate())}};
  if (!parameters.method().empty()) json["method"] = parameters.method();
  if (parameters.has_seed()) json["seed"] = parameters.seed();
  if (!parameters.images().empty()) json["images"] = parameters.images();
  return json;
}

OutputJson DifferenceJson(const v1::TrialResult& result) {
  if (!result.has_difference()) return nullptr;
  const v1::AccuracyDifference& difference = result.difference();
  return {{"difference", difference.difference()},
          {"low", difference.low()},
          {"high", difference.high()},
          {"p", difference.p()},
          {"lost", difference.lost()},
          {"gained", difference.gained()}};
}

OutputJson TrialJson(const v1::TrialResult& result) {
  OutputJson layers = OutputJson::array();
  for (const v1::LayerSparsity& layer : result.layers()) {
    layers.push_back({{"name", layer.layer()},
                      {"spatial_sparsity", NumberOrNull(layer.has_spatial_sparsity(), layer.spatial_sparsity())},
                      {"winograd_sparsity", layer.winograd_sparsity()}});
  }
  OutputJson benchmark = OutputJson::array();
  for (const v1::BenchmarkRow& row : result.benchmark()) benchmark.push_back(BenchmarkJson(row));
  OutputJson json = {
      {"trial", ShownName(result.trial())},
      {"state", StateText(result.state())},
      {"reason", result.reason()},
      {"parameters", ParametersJson(result.parameters())},
      {"dense_accuracy", NumberOrNull(result.has_dense_accuracy(), result.dense_accuracy())},
      {"trained_on_accuracy", NumberOrNull(result.has_trained_on_accuracy(), result.trained_on_accuracy())},
      {"accuracy", NumberOrNull(result.has_accuracy(), result.accuracy())},
      {"difference", DifferenceJson(result)},
      {"loss", NumberOrNull(result.has_loss(), result.loss())},
      {"spatial_sparsity", RateJson(result.has_spatial_sparsity(), result.spatial_sparsity())},
      {"winograd_sparsity", RateJson(result.has_winograd_sparsity(), result.winograd_sparsity())},
      {"network_sparsity", NumberOrNull(result.has_network_sparsity(), result.network_sparsity())},
      {"multiplications_left", NumberOrNull(result.has_multiplications_left(), result.multiplications_left())},
      {"layers", layers},
      {"benchmark", benchmark},
      {"checkpoint", result.checkpoint().empty() ? OutputJson(nullptr) : OutputJson(ShownName(result.checkpoint()))},
      {"train_images", result.train_images()},
      {"test_images", result.test_images()}};
  if (!result.benchmark_skipped().empty()) json["benchmark_skipped"] = result.benchmark_skipped();
  return json;
}

// The value on `axis`, in the chart's unit.
std::optional<double> CostOf(const v1::TrialResult& result, CostAxis axis) {
  switch (axis) {
    case CostAxis::kMultiplicationsLeft:
      return result.has_multiplications_left() ? std::optional(result.multiplications_left() * 100) : std::nullopt;
    case CostAxis::kSpeedup:
      return SpeedupOf(result);
    case CostAxis::kWinogradSparsity:
      return result.has_winograd_sparsity() ? std::optional(result.winograd_sparsity().reached() * 100) : std::nullopt;
  }
  return std::nullopt;
}

std::string AxisTitle(const SweepResults& results, CostAxis axis) {
  switch (axis) {
    case CostAxis::kMultiplicationsLeft:
      return "multiplications left, % of direct convolution (less is better)";
    case CostAxis::kWinogradSparsity:
      return "zero Winograd coefficients of the prunable layers, % (more is better)";
    case CostAxis::kSpeedup:
      break;
  }
  std::string title = "speed against the fastest peer, times (more is better)";
  for (const v1::TrialResult& result : results.trials) {
    if (result.benchmark().empty()) continue;
    const v1::BenchmarkRow& row = result.benchmark(0);
    return title + "; batch " + std::to_string(row.batch_size()) + ", " + Count(row.threads(), "thread");
  }
  return title;
}

// "s30 w60": the tile size is told by the mark.
std::string PointLabel(const v1::TrialParameters& parameters) {
  std::string label;
  const auto percent = [](double rate) {
    const double value = rate * 100;
    return Fixed(value, value == std::round(value) ? 0 : 1);
  };
  if (parameters.has_spatial_rate()) label += "s" + percent(parameters.spatial_rate());
  if (parameters.has_winograd_rate()) label += (label.empty() ? "w" : " w") + percent(parameters.winograd_rate());
  if (!parameters.method().empty()) label += " " + parameters.method();
  return label.empty() ? "dense" : label;
}

}  // namespace

OutputJson ResultsJson(const SweepResults& results, const std::optional<spec::Objective>& objective) {
  OutputJson list = OutputJson::array();
  for (const v1::TrialResult& result : results.trials) list.push_back(TrialJson(result));
  if (!objective) return list;
  for (OutputJson& trial : list) trial["frontier"] = false;
  for (const size_t i : FrontierTrials(results, *objective)) list[i]["frontier"] = true;
  return list;
}

std::string ResultsText(const SweepResults& results, OutputFormat format, bool wide, const Terminal& terminal,
                        const std::optional<spec::Objective>& objective) {
  switch (format) {
    case OutputFormat::kJson:
      return JsonText(ResultsJson(results, objective));
    case OutputFormat::kCsv:
      return ResultsCsv(results);
    case OutputFormat::kTable:
      break;
  }
  return ResultsTable(results, wide, terminal) + (objective ? FrontierText(results, *objective) : "");
}

std::optional<double> SpeedupOf(const v1::TrialResult& result) {
  if (result.benchmark().empty() || result.benchmark(0).ratios().empty()) return std::nullopt;
  double least = result.benchmark(0).ratios().begin()->second;
  for (const auto& [peer, ratio] : result.benchmark(0).ratios()) least = std::min(least, ratio);
  return least;
}

ParetoChart MakeChart(const SweepResults& results, CostAxis axis, const std::string& title,
                      const std::string& subtitle) {
  ParetoChart chart;
  chart.title = title;
  chart.subtitle = subtitle;
  chart.x_title = AxisTitle(results, axis);
  const bool held_out = std::any_of(results.trials.begin(), results.trials.end(), [](const v1::TrialResult& result) {
    return result.parameters().images() == "held-out";
  });
  if (held_out) chart.y_title = "accuracy, % of held-out images";
  chart.more_x_is_better = axis != CostAxis::kMultiplicationsLeft;
  for (const v1::TrialResult& result : results.trials) {
    if (const std::optional<double> dense = BaselineAccuracy(result); dense && !IsTestLook(result)) {
      chart.dense_accuracy = *dense * 100;
    }
    const std::optional<double> cost = CostOf(result, axis);
    if (!cost || !result.has_accuracy() || IsTestLook(result)) continue;
    chart.points.push_back(
        {PointLabel(result.parameters()), result.parameters().tile_size(), *cost, result.accuracy() * 100, false});
  }
  chart.MarkFrontier();
  return chart;
}

}  // namespace winnow::cli
