// How trials are compared: with which dense net, and over several seeds.
#ifndef CLIENT_CLI_TRIAL_GROUPS_H_
#define CLIENT_CLI_TRIAL_GROUPS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/coordinator.h"

namespace winnow::cli {

// Whether it is the second look at a trial, on the test set, in a sweep that compares trials on held-out images.
bool IsTestLook(const v1::TrialResult& result);

// Accuracy of the better of the dense net and the dense net trained on, a fraction of 1.
std::optional<double> BaselineAccuracy(const v1::TrialResult& result);

// Percentage points of accuracy below that; negative where the trial is better.
std::optional<double> AccuracyDrop(const v1::TrialResult& result);

// Indexes of trials that differ in nothing but their seed, group by group in the order of the first of each.
std::vector<std::vector<size_t>> SeedGroups(const SweepResults& results);

// Mean and standard deviation (of a sample; 0 of one value) of values >= 1.
struct MeanSpread {
  double mean = 0.0;
  double spread = 0.0;
};
MeanSpread MeanOf(const std::vector<double>& values);

// One line a group of several seeds that have accuracies: "f4-w60 over 3 seeds: accuracy 91.02 % (0.15), ...".
std::string SeedSummary(const SweepResults& results);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_TRIAL_GROUPS_H_
