#include "client/cli/trial_groups.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"

namespace winnow::cli {
namespace {

// The parameters without the seed.
std::string GroupKey(v1::TrialParameters parameters) {
  parameters.clear_seed();
  return parameters.SerializeAsString();
}

// "f4-w60-seed2-test" -> "f4-w60-test".
std::string NameWithoutSeed(const v1::TrialResult& result) {
  std::string name = TrialIdOf(result.trial());
  const std::string seed = "-seed" + std::to_string(result.parameters().seed());
  if (const size_t at = name.find(seed); at != std::string::npos) name.erase(at, seed.size());
  return name;
}

}  // namespace

bool IsTestLook(const v1::TrialResult& result) { return result.parameters().images() == "test"; }

std::optional<double> BaselineAccuracy(const v1::TrialResult& result) {
  if (!result.has_dense_accuracy()) return std::nullopt;
  return result.has_trained_on_accuracy() ? std::max(result.dense_accuracy(), result.trained_on_accuracy())
                                          : result.dense_accuracy();
}

std::optional<double> AccuracyDrop(const v1::TrialResult& result) {
  const std::optional<double> baseline = BaselineAccuracy(result);
  if (!baseline || !result.has_accuracy()) return std::nullopt;
  return (*baseline - result.accuracy()) * 100;
}

std::vector<std::vector<size_t>> SeedGroups(const SweepResults& results) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> group_of_key;
  for (size_t i = 0; i < results.trials.size(); ++i) {
    const auto [at, is_new] = group_of_key.emplace(GroupKey(results.trials[i].parameters()), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  return groups;
}

MeanSpread MeanOf(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0.0};
}

std::string SeedSummary(const SweepResults& results) {
  std::string text;
  for (const std::vector<size_t>& group : SeedGroups(results)) {
    std::vector<double> accuracies, drops;
    for (const size_t i : group) {
      const std::optional<double> drop = AccuracyDrop(results.trials[i]);
      if (!drop) continue;
      accuracies.push_back(results.trials[i].accuracy() * 100);
      drops.push_back(*drop);
    }
    if (drops.size() < 2) continue;
    const MeanSpread accuracy = MeanOf(accuracies);
    const MeanSpread drop = MeanOf(drops);
    text += NameWithoutSeed(results.trials[group.front()]) + " over " + std::to_string(drops.size()) +
            " seeds, mean (standard deviation): accuracy " + Fixed(accuracy.mean, 2) + " (" +
            Fixed(accuracy.spread, 2) + ") %, " + Fixed(drop.mean, 2) + " (" + Fixed(drop.spread, 2) +
            ") points below dense\n";
  }
  return text;
}

}  // namespace winnow::cli
