#include "client/cli/rate_search.h"

#include <algorithm>
#include <cmath>

#include "client/cli/number_text.h"
#include "client/cli/output_format.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"

namespace winnow::cli {
namespace {

constexpr double kRounding = 1e-9;

bool IsTrial(const v1::TrialResult& result) {
  return result.has_accuracy() && result.has_dense_accuracy() && result.parameters().has_winograd_rate();
}

double DropOf(const v1::TrialResult& result) { return (result.dense_accuracy() - result.accuracy()) * 100; }

bool Fits(const spec::Objective& objective, double drop) { return drop <= objective.max_accuracy_drop + kRounding; }

double WorthOf(const v1::TrialResult& result, spec::Maximize maximize) {
  if (maximize == spec::Maximize::kSpeed) return SpeedupOf(result).value_or(0.0);
  return result.has_winograd_sparsity() ? result.winograd_sparsity().reached() : 0.0;
}

}  // namespace

std::vector<TriedRate> TriedRates(const SweepResults& results) {
  std::vector<TriedRate> tried;
  for (const v1::TrialResult& result : results.trials) {
    if (IsTrial(result)) tried.push_back({result.parameters().winograd_rate(), DropOf(result)});
  }
  return tried;
}

std::optional<double> NextRate(const spec::Objective& objective, std::span<const TriedRate> tried) {
  double low = objective.from - objective.resolution;  // as if it fitted
  for (const TriedRate& one : tried) {
    if (Fits(objective, one.drop)) low = std::max(low, one.rate);
  }
  double high = objective.to + objective.resolution;  // as if it did not
  for (const TriedRate& one : tried) {
    if (!Fits(objective, one.drop) && one.rate > low) high = std::min(high, one.rate);
  }
  const double steps = std::floor((high - low) / objective.resolution / 2 + 0.5 - kRounding);
  if (high - low <= objective.resolution * (1 + 1e-6) || steps < 1) return std::nullopt;
  // Rates of six digits, so that the same search asks for the same stages.
  double next = std::round((low + steps * objective.resolution) * 1e6) / 1e6;
  next = std::clamp(next, objective.from, objective.to);
  const bool known = std::any_of(tried.begin(), tried.end(),
                                 [&](const TriedRate& one) { return std::abs(one.rate - next) < kRounding; });
  if (known) return std::nullopt;
  return next;
}

std::optional<size_t> FrontierTrial(const SweepResults& results, const spec::Objective& objective) {
  std::optional<size_t> best;
  double most = 0.0;
  for (size_t i = 0; i < results.trials.size(); ++i) {
    const v1::TrialResult& result = results.trials[i];
    if (!IsTrial(result) || !Fits(objective, DropOf(result))) continue;
    const double worth = WorthOf(result, objective.maximize);
    if (best && worth <= most) continue;
    best = i;
    most = worth;
  }
  return best;
}

std::string FrontierText(const SweepResults& results, const spec::Objective& objective) {
  const std::string budget = Fixed(objective.max_accuracy_drop, 2) + " points";
  const std::optional<size_t> found = FrontierTrial(results, objective);
  if (!found) return "frontier: no rate tried loses at most " + budget + " of accuracy\n";
  const v1::TrialResult& result = results.trials[*found];
  return "frontier: " + ShownName(result.trial()) + " loses " + Fixed(DropOf(result), 2) + " of at most " + budget +
         " of accuracy, with " + Fixed(result.winograd_sparsity().reached() * 100, 1) +
         " % zeros weighted by work; rates tried: " + std::to_string(TriedRates(results).size()) + "\n";
}

std::string WithWinogradRate(const std::string& text, double rate) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("winograd")) return text;
  OutputJson& rates = json["winograd"]["rates"];
  OutputJson step = rates[0].is_object() ? rates[0] : OutputJson::object();
  step["rate"] = rate;
  step["from"] = "dense";
  rates.push_back(std::move(step));
  return JsonText(json);
}

}  // namespace winnow::cli
