// The rows of `winnow-stage bench` as JSON and as a table.
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
};

// How much faster ours is than each peer, over the layers of one sparsity and thread count: the geometric mean of the
// median paired ratios. Layers a peer cannot compute do not count for it.
struct BenchGeomean {
  double sparsity = 0;
  int threads = 1;
  std::map<std::string, double> vs;
};
std::vector<BenchGeomean> Geomeans(const std::vector<BenchRow>& rows);

// {"fingerprint", "rows": [{"layer": [N,C,K,H,W], "sparsity", "threads", "variant", "kernel", "max_rel_error",
//  "ours_ms", "peers"}], "geomean": [{"sparsity", "threads", "vs"}]}
// Times are {"min", "median", "q1", "q3"} in milliseconds; a peer has "implementation" and "ratio" besides.
Json BenchJson(const std::vector<BenchRow>& rows, const MachineFingerprint& machine);

// Lines end with a newline.
std::string TableHeading(const std::vector<std::string>& peers);
std::string TableLine(const BenchRow& row, const std::vector<std::string>& peers);
std::string GeomeanLines(const std::vector<BenchRow>& rows);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_REPORT_H_
