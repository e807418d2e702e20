// The prunable layers of a net, ours against the peers: what a `benchmark` stage measures.
#ifndef WORKER_BENCH_NET_BENCHMARK_H_
#define WORKER_BENCH_NET_BENCHMARK_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "worker/bench/layer_timing.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// A peer's times may be taken again so often when a row was disturbed; the quietest take counts.
inline constexpr int kMaxTakes = 3;
// A take whose middle halves are on the whole wider than this share of the medians is noisy.
inline constexpr double kNoisyWidth = 0.15;

struct NamedProblem {
  std::string layer;
  ConvProblem problem;
};

// The layers of `net` that are not excluded, each with its batch norm folded, for `batch` images. Filters are the net's
// own in the Winograd domain, converted where the layer is spatial; the peers run the layer's spatial weights, or
// random ones where it has none any more. `tile_size` must be that of the net's converted layers.
Result<std::vector<NamedProblem>> ProblemsOf(Net& net, std::span<const std::string> exclude, int tile_size,
                                             int64_t batch);

struct TimedLayer {
  std::string name;
  kernels::ConvShape shape;
  double sparsity = 0;
  LayerTiming timing;
};

struct BenchmarkRow {
  int batch_size = 0;
  int threads = 0;
  bool noisy = false;
  std::vector<TimedLayer> layers;

  // Sums over the layers of the medians, in milliseconds. For onednn-winograd a layer for which oneDNN has no Winograd
  // counts with onednn-direct, as a user of oneDNN would run it; without such a time either,
  // and where it has Winograd for none of the layers (it needs AVX-512), there is no sum.
  double OursMs() const;
  std::optional<double> PeerMs(const std::string& peer) const;

  // An element of `rows`, docs/formats.md section 5.
  Json ToJson(std::span<const std::string> peers) const;
};

// Times the layers in their order, up to kMaxTakes times while the host is disturbed or the samples lie wide.
// `go_on` is asked after each layer; nothing is returned once it says false. Errors as TimeLayer's and PinnedThreads'.
Result<std::optional<BenchmarkRow>> TimeRow(const std::vector<NamedProblem>& problems,
                                            std::span<const std::string> peers, int threads, int rounds,
                                            const std::function<bool()>& go_on);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_NET_BENCHMARK_H_
