// The numbers of a trial, joined from the results of its stages (docs/formats.md section 5).
//
// Pure: a stage that has not succeeded, or whose result lacks a member, leaves the numbers that come from it absent.
#ifndef SERVER_COORDINATOR_TRIAL_RESULT_H_
#define SERVER_COORDINATOR_TRIAL_RESULT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/coordinator/accuracy_difference.h"
#include "server/domain/stage.h"
#include "server/domain/trial.h"

namespace winnow::server {

// Shares of zero coefficients over the prunable layers, weighted by multiplications: aimed at, and reached.
struct RateResult {
  double target = 0.0;
  double reached = 0.0;

  friend bool operator==(const RateResult&, const RateResult&) = default;
};

struct LayerSparsity {
  std::string layer;
  std::optional<double> spatial_sparsity;  // none once the layer lives in the Winograd domain
  double winograd_sparsity = 0.0;          // 0 for layers that no Winograd domain is for

  friend bool operator==(const LayerSparsity&, const LayerSparsity&) = default;
};

// The whole network, from images to logits.
struct NetworkTiming {
  double ours_ms = 0.0;
  std::map<std::string, double> peer_ms;
  std::map<std::string, double> ratios;  // peer / ours

  friend bool operator==(const NetworkTiming&, const NetworkTiming&) = default;
};

struct BenchmarkRow {
  int batch_size = 0;
  int threads = 0;
  double ours_ms = 0.0;  // medians, summed over the prunable layers
  std::map<std::string, double> peer_ms;
  std::map<std::string, double> ratios;  // peer / ours
  bool noisy = false;
  std::optional<NetworkTiming> network = {};  // results of older releases have none

  friend bool operator==(const BenchmarkRow&, const BenchmarkRow&) = default;
};

struct TrialResult {
  Trial trial;
  // Shares of the images that the trial is evaluated on, [0, 1].
  std::optional<double> dense_accuracy;
  std::optional<double> trained_on_accuracy;  // of the dense net trained on
  std::optional<double> accuracy;
  // Against the better of the dense nets; none in results of releases that did not keep what each image got.
  std::optional<AccuracyDifference> difference;
  std::optional<double> loss;
  std::optional<RateResult> spatial_sparsity;
  std::optional<RateResult> winograd_sparsity;
  std::optional<double> network_sparsity;
  std::optional<double> multiplications_left;
  std::vector<LayerSparsity> layers;
  std::vector<BenchmarkRow> benchmark;
  std::string benchmark_skipped;  // why the net was not timed although its benchmark ended; "" where it was
  std::string checkpoint;         // digest; "" until it is there
  int64_t train_images = 0;
  int64_t test_images = 0;
};

// The stages a trial's numbers come from; null where there is none.
struct ResultStages {
  const Stage* net = nullptr;
  const Stage* train = nullptr;    // the root of the net's line
  const Stage* spatial = nullptr;  // the last spatial_prune in the net's line
  const Stage* evaluate = nullptr;
  const Stage* benchmark = nullptr;
  const Stage* dense_evaluate = nullptr;
  const Stage* trained_on_evaluate = nullptr;
};

TrialResult JoinResult(Trial trial, const ResultStages& stages);

// The rows of a benchmark stage; empty until it has succeeded.
std::vector<BenchmarkRow> BenchmarkRowsOf(const Stage& benchmark);

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_TRIAL_RESULT_H_
