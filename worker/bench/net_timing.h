// A whole network, ours against dense ones, from images to logits.
#ifndef WORKER_BENCH_NET_TIMING_H_
#define WORKER_BENCH_NET_TIMING_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "worker/bench/layer_timing.h"
#include "worker/infer/deployed_net.h"
#include "worker/nn/net.h"

namespace winnow::kernels {
class KernelTuner;
}  // namespace winnow::kernels

namespace winnow::worker {

struct NetTiming {
  Spread ours_ms;
  std::vector<double> samples;  // ms, by round
  std::string implementation;
  std::vector<std::string> our_layers;  // that our kernels compute
  std::vector<std::string> tuned;       // those of them whose plan was chosen by timing
  double max_relative_error = 0;        // of our logits against LibTorch's of the same pruned net
  // One entry a peer asked for; none where this build or the network has no such peer.
  std::map<std::string, std::optional<PeerTiming>> peers;

  // {"ours_ms", "peers": {NAME: MS}, "ratios": {NAME: R}, "implementation", "our_layers", "max_relative_error"}
  Json ToJson() const;
};

// How far our logits may lie from LibTorch's before the net counts as wrong.
inline constexpr double kWrongLogits = 1e-3;

// Makes a pruned net in its two forms, new ones every time.
struct NetSource {
  std::function<Result<std::shared_ptr<Net>>()> reference;  // by LibTorch alone
  std::function<Result<DeployedNet>()> deployed;
};

// Times `source`'s net as it is deployed, and the dense net of the same shape under each of `peers` ("onednn",
// "torch"), in turn. Images are random, `batch` of them. PinnedThreads must have been made for the thread count wanted.
// With a `tuner` our layers have the plans that it makes.
//
// Errors    those of `source`; kInternal: our logits are wrong by more than kWrongLogits: nothing is timed
Result<NetTiming> TimeNet(const NetSource& source, int64_t batch, std::span<const std::string> peers, int rounds,
                          const std::shared_ptr<kernels::KernelTuner>& tuner = nullptr);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_NET_TIMING_H_
