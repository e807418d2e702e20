// One point of a sweep: which of the swept values it stands for, and the stages whose results a user compares.
#ifndef SERVER_PLANNER_TRIAL_H_
#define SERVER_PLANNER_TRIAL_H_

#include <cstdint>
#include <optional>
#include <string>

namespace winnow::server {

// Values of a point. Rates are fractions of 1, absent where the sweep has no such pruning.
struct TrialParameters {
  int tile_size = 0;  // the m of F(m x m, 3 x 3); of the dense trial the largest of the sweep
  std::optional<double> spatial_rate;
  std::optional<double> winograd_rate;
  int mask_group = 1;           // of the Winograd pruning
  std::string method{};         // its name, where the sweep has several; else ""
  std::optional<int64_t> seed;  // of a sweep with seeds
  bool test = false;            // evaluated on the test set in a sweep that holds images out

  friend bool operator==(const TrialParameters&, const TrialParameters&) = default;
};

struct PlannedTrial {
  std::string id;  // "f4-s30-w60"
  TrialParameters parameters;
  std::string images;                    // "held-out" or "test", of which its accuracy is; "" where all are of test
  std::string net;                       // stage keys
  std::string evaluate;                  // of the net
  std::optional<std::string> benchmark;  // of the net; none while benchmarks are not planned
  std::string dense_evaluate;            // of the unpruned net; the trial's own where it is the dense trial
  std::optional<std::string> trained_on_evaluate;  // of the unpruned net trained on, where the sweep has one
  std::optional<std::string> dense_benchmark;      // likewise

  friend bool operator==(const PlannedTrial&, const PlannedTrial&) = default;
};

// A rate in percent, exactly, with "p" for the point: 0.3 -> "30", 0.625 -> "62p5".
std::string PercentText(double rate);

// "f4-s30-w60", "f2-s30", "f4-w60", with mask groups of 4 "f4-w60g4", of a method with a name "f4-w60-NAME"; "dense"
// where nothing is pruned; then "-seed2", then "-test". Distinct for distinct parameters of pruned trials.
std::string TrialId(const TrialParameters& parameters);

}  // namespace winnow::server

#endif  // SERVER_PLANNER_TRIAL_H_
