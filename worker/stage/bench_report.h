// The rows of `winnow bench` as JSON and as a table.
#ifndef WORKER_STAGE_BENCH_REPORT_H_
#define WORKER_STAGE_BENCH_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"
#include "worker/bench/layer_timing.h"
#include "worker/bench/machine_fingerprint.h"

namespace winnow::worker {

struct BenchRow {
  kernels::ConvShape shape;
  double sparsity = 0;
  int threads = 1;
  kernels::WinogradVariant variant = kernels::WinogradVariant::kF4K3;
  LayerTiming timing;
  std::string repro = {};  // the command line that times this row alone

  // Operations of direct convolution by our median, GFLOP/s.
  double EffectiveGflops() const;
  // Of the FMA peak: what the multiplication reaches with the coefficients that are left.
  double MultiplyShareOfPeak() const;
};

// "N,C,K,H,W"
std::string LayerText(const kernels::ConvShape& shape);

// How much faster ours is than each peer, over the layers of one sparsity (to a hundredth) and thread count: the
// geometric mean of the median paired ratios. Layers a peer cannot compute do not count for it.
struct BenchGeomean {
  double sparsity = 0;
  int threads = 1;
  std::map<std::string, double> vs;
};
std::vector<BenchGeomean> Geomeans(const std::vector<BenchRow>& rows);

// Why a run says nothing about our kernels, "" if it does: oneDNN's direct convolution stayed under kSoundShareOfPeak
// of the FMA peak on every one of the two layers where it is known to come near it.
inline constexpr double kSoundShareOfPeak = 0.85;
std::string WhyVoid(const std::vector<BenchRow>& rows);

// {"fingerprint", "rows": [{"layer": [N,C,K,H,W], "sparsity", "threads", "variant", "kernel", "tuned", "vectors",
//  "channel_block", "max_rel_error",
//  "ours_ms", "gflops_effective", "peak_gflops", "share_of_peak", "phases_ms": {"input_transform", "multiply",
//  "output_transform"}, "multiply_share_of_peak", "peers", "repro"}], "geomean": [{"sparsity", "threads", "vs"}],
//  "void": ""}
// Times are {"min", "median", "q1", "q3", "samples"} in milliseconds; a peer has "implementation" and "ratio" besides.
// Phases are summed over threads.
Json BenchJson(const std::vector<BenchRow>& rows, const MachineFingerprint& machine);

// Lines end with a newline.
std::string TableHeading(const std::vector<std::string>& peers);
std::string TableLine(const BenchRow& row, const std::vector<std::string>& peers);
// Geometric means, how to time a row again, and whether the run is void.
std::string Summary(const std::vector<BenchRow>& rows);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_REPORT_H_
