#include "client/cli/rate_search.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "client/cli/number_text.h"
#include "client/cli/output_format.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"
#include "client/cli/trial_groups.h"

namespace winnow::cli {
namespace {

constexpr double kRounding = 1e-9;

// A rate that was tried, with all seeds.
struct Point {
  std::string method;
  std::vector<size_t> trials;
  double rate = 0.0;
  double drop = 0.0;   // the mean
  double worth = 0.0;  // the mean
};

bool Fits(const spec::Objective& objective, double drop) { return drop <= objective.max_accuracy_drop + kRounding; }

double WorthOf(const v1::TrialResult& result, spec::Maximize maximize) {
  if (maximize == spec::Maximize::kSpeed) return SpeedupOf(result).value_or(0.0);
  return result.has_winograd_sparsity() ? result.winograd_sparsity().reached() : 0.0;
}

std::vector<Point> PointsOf(const SweepResults& results, spec::Maximize maximize) {
  std::vector<Point> points;
  for (std::vector<size_t>& group : SeedGroups(results)) {
    const v1::TrialResult& first = results.trials[group.front()];
    if (IsTestLook(first) || !first.parameters().has_winograd_rate()) continue;
    std::vector<double> drops, worths;
    for (const size_t i : group) {
      const std::optional<double> drop = AccuracyDrop(results.trials[i]);
      if (!drop) continue;
      drops.push_back(*drop);
      worths.push_back(WorthOf(results.trials[i], maximize));
    }
    if (drops.empty()) continue;
    points.push_back({first.parameters().method(), std::move(group), first.parameters().winograd_rate(),
                      MeanOf(drops).mean, MeanOf(worths).mean});
  }
  return points;
}

// Of each method that has rates, in the order of the results; without trials where none fits.
std::vector<Point> FrontierPoints(const SweepResults& results, const spec::Objective& objective) {
  std::vector<Point> best;
  for (Point& point : PointsOf(results, objective.maximize)) {
    auto at = std::find_if(best.begin(), best.end(), [&](const Point& other) { return other.method == point.method; });
    if (at == best.end()) at = best.insert(at, Point{.method = point.method, .trials = {}});
    if (Fits(objective, point.drop) && (at->trials.empty() || point.worth > at->worth)) *at = std::move(point);
  }
  return best;
}

// What the test set says of the frontier's trials, once it has been asked.
std::string TestText(const SweepResults& results, const v1::TrialParameters& frontier) {
  std::vector<double> drops;
  for (const v1::TrialResult& result : results.trials) {
    v1::TrialParameters parameters = result.parameters();
    parameters.set_images(frontier.images());
    if (frontier.has_seed()) parameters.set_seed(frontier.seed());
    const std::optional<double> drop = AccuracyDrop(result);
    const bool same = parameters.SerializeAsString() == frontier.SerializeAsString();
    if (same && IsTestLook(result) && drop) drops.push_back(*drop);
  }
  if (drops.empty()) return "";
  return "; on the test set it loses " + Fixed(MeanOf(drops).mean, 2);
}

}  // namespace

std::vector<TriedRate> TriedRates(const SweepResults& results) {
  std::vector<TriedRate> tried;
  for (const Point& point : PointsOf(results, spec::Maximize::kWorkWeightedSparsity)) {
    tried.push_back({point.method, point.rate, point.drop});
  }
  return tried;
}

std::vector<TriedRate> RatesOf(std::span<const TriedRate> tried, const std::string& method) {
  std::vector<TriedRate> rates;
  std::copy_if(tried.begin(), tried.end(), std::back_inserter(rates),
               [&](const TriedRate& one) { return one.method == method; });
  return rates;
}

std::vector<std::string> MethodsOf(const spec::SweepSpec& spec) {
  std::vector<std::string> names;
  for (const spec::WinogradPruning& method : spec.methods) names.push_back(method.name);
  return names.empty() ? std::vector<std::string>{""} : names;
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

std::vector<size_t> FrontierTrials(const SweepResults& results, const spec::Objective& objective) {
  std::vector<size_t> trials;
  for (const Point& point : FrontierPoints(results, objective)) {
    trials.insert(trials.end(), point.trials.begin(), point.trials.end());
  }
  return trials;
}

std::string FrontierText(const SweepResults& results, const spec::Objective& objective) {
  const std::string budget = Fixed(objective.max_accuracy_drop, 2) + " points";
  const std::vector<TriedRate> tried = TriedRates(results);
  std::string text;
  for (const Point& point : FrontierPoints(results, objective)) {
    const std::string rates = "; rates tried: " + std::to_string(RatesOf(tried, point.method).size());
    if (point.trials.empty()) {
      text += "frontier: no rate tried" + (point.method.empty() ? "" : " with " + point.method) + " loses at most " +
              budget + " of accuracy" + rates + "\n";
      continue;
    }
    const v1::TrialResult& result = results.trials[point.trials.front()];
    const std::string seeds =
        point.trials.size() > 1 ? " (mean of " + Count(std::ssize(point.trials), "seed") + ")" : "";
    text += "frontier: " + ShownName(result.trial()) + " loses " + Fixed(point.drop, 2) + " of at most " + budget +
            " of accuracy" + seeds + ", with " + Fixed(result.winograd_sparsity().reached() * 100, 1) +
            " % zeros weighted by work" + rates + TestText(results, result.parameters()) + "\n";
  }
  return text.empty() ? "frontier: no rate tried loses at most " + budget + " of accuracy\n" : text;
}

std::string WithWinogradRate(const std::string& text, const std::string& method, double rate) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("winograd")) return text;
  OutputJson* winograd = &json["winograd"];
  if (winograd->is_array()) {
    const auto at = std::find_if(winograd->begin(), winograd->end(),
                                 [&](const OutputJson& one) { return one.value("name", std::string()) == method; });
    if (at == winograd->end()) return text;
    winograd = &*at;
  }
  OutputJson& rates = (*winograd)["rates"];
  OutputJson step = rates[0].is_object() ? rates[0] : OutputJson::object();
  step["rate"] = rate;
  step["from"] = "dense";
  rates.push_back(std::move(step));
  return JsonText(json);
}

std::string WithTestTrials(const std::string& text, const std::vector<std::string>& ids) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return text;
  json["test_trials"] = ids;
  return JsonText(json);
}

}  // namespace winnow::cli
