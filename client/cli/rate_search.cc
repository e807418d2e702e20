#include "client/cli/rate_search.h"

#include <algorithm>
#include <cmath>

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
    points.push_back({std::move(group), first.parameters().winograd_rate(), MeanOf(drops).mean, MeanOf(worths).mean});
  }
  return points;
}

std::optional<Point> FrontierPoint(const SweepResults& results, const spec::Objective& objective) {
  std::optional<Point> best;
  for (Point& point : PointsOf(results, objective.maximize)) {
    if (!Fits(objective, point.drop) || (best && point.worth <= best->worth)) continue;
    best = std::move(point);
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
    tried.push_back({point.rate, point.drop});
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

std::vector<size_t> FrontierTrials(const SweepResults& results, const spec::Objective& objective) {
  const std::optional<Point> best = FrontierPoint(results, objective);
  return best ? best->trials : std::vector<size_t>();
}

std::string FrontierText(const SweepResults& results, const spec::Objective& objective) {
  const std::string budget = Fixed(objective.max_accuracy_drop, 2) + " points";
  const std::optional<Point> found = FrontierPoint(results, objective);
  if (!found) return "frontier: no rate tried loses at most " + budget + " of accuracy\n";
  const v1::TrialResult& result = results.trials[found->trials.front()];
  const std::string seeds =
      found->trials.size() > 1 ? " (mean of " + Count(std::ssize(found->trials), "seed") + ")" : "";
  return "frontier: " + ShownName(result.trial()) + " loses " + Fixed(found->drop, 2) + " of at most " + budget +
         " of accuracy" + seeds + ", with " + Fixed(result.winograd_sparsity().reached() * 100, 1) +
         " % zeros weighted by work; rates tried: " + std::to_string(TriedRates(results).size()) +
         TestText(results, result.parameters()) + "\n";
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

std::string WithTestTrials(const std::string& text, const std::vector<std::string>& ids) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return text;
  json["test_trials"] = ids;
  return JsonText(json);
}

}  // namespace winnow::cli
