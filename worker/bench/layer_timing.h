// A layer's contenders timed in turn, in one process.
#ifndef WORKER_BENCH_LAYER_TIMING_H_
#define WORKER_BENCH_LAYER_TIMING_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "worker/bench/contender.h"
#include "worker/bench/spread.h"

namespace winnow::worker {

struct PeerTiming {
  Spread ms;
  std::vector<double> samples;  // ms, by round
  std::string implementation;
  double ratio = 0;  // median over the rounds of the peer's time / ours of the same round
};

struct LayerTiming {
  Spread ours_ms;
  std::vector<double> samples;    // ms, by round
  kernels::PhaseTimes phases;     // medians of runs of their own, summed over threads
  double peak_gflops = 0;         // multiply-adds on registers, all threads, the best of the same rounds
  std::string kernel;             // our implementation
  bool tuned = false;             // whether its plan was chosen by timing
  int vectors = 0;                // of tiles in its largest block
  int64_t channel_block = 0;      // input channels of its panels
  int64_t nonzeros = 0;           // coefficients it multiplies with
  double max_relative_error = 0;  // of ours, checked before timing
  // One entry a peer asked for; none where the library has no such algorithm for the shape.
  std::map<std::string, std::optional<PeerTiming>> peers;
};

// What our result may differ from the reference computed in double before a layer counts as wrong. Far above rounding
// (2e-5 for F(4,3) on unpruned filters, more where pruned ones cancel), far below a missing coefficient.
inline constexpr double kWrongResult = 1e-3;

// Runs each contender once to warm up and to see how long it takes, then `rounds` times each in turn, beginning with
// another one each round. A sample is the mean over as many runs as fill some 200 us, behind one that does not count:
// so each finds in the caches what it leaves there itself, quick or slow, and not what another left.
//
// Errors    kInternal    ours is wrong by more than kWrongResult: nothing is timed
//           and those of MakeConvPlan and MakePeer, but for kUnimplemented.
// Tuning    with a `tuner` ours has the plan that it makes, before anything is timed here.
// Noise     is the caller's to watch (worker/bench/host_load.h).
Result<LayerTiming> TimeLayer(const ConvProblem& problem, std::span<const std::string> peers, int rounds,
                              PinnedThreads* threads, kernels::ScratchBuffer* scratch,
                              kernels::KernelTuner* tuner = nullptr);

// The peers of a timing, those that there are.
struct Peers {
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Contender>> contenders;  // by name
  std::vector<std::string> absent;                     // asked for, and kUnimplemented

  // Behind those that stand in `contenders` already.
  void AppendTo(std::vector<Contender*>& all) const;
  // `samples`: of each contender of this, ms by round; `ours`: of the same rounds. Absent peers have no timing.
  std::map<std::string, std::optional<PeerTiming>> Timings(std::span<const std::vector<double>> samples,
                                                           const std::vector<double>& ours) const;
};

// Errors of `make`, but for kUnimplemented.
using MakeContender = std::function<Result<std::unique_ptr<Contender>>(const std::string& name)>;
Result<Peers> MakePeers(std::span<const std::string> names, const MakeContender& make);

// Milliseconds by contender and round.
std::vector<std::vector<double>> TimeInTurn(std::span<Contender* const> contenders, int rounds);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_LAYER_TIMING_H_
