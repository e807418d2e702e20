// `winnow-stage bench`: our kernels against other libraries, layer by layer (`winnow bench` runs this).
#ifndef WORKER_STAGE_BENCH_COMMAND_H_
#define WORKER_STAGE_BENCH_COMMAND_H_

#include <string>
#include <vector>

#include "base/result.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::worker {

struct BenchArguments {
  bool help = false;
  std::vector<kernels::ConvShape> layers;
  std::vector<double> sparsities = {0.0, 0.63};  // each in [0, 1)
  std::vector<int> threads = {1};
  std::vector<std::string> peers = {"onednn-direct", "onednn-winograd", "torch"};
  kernels::WinogradVariant variant = kernels::WinogradVariant::kF4K3;
  int rounds = 31;
  uint64_t seed = 1;
  bool json = false;
};

// kInvalidArgument, kNotFound: names the option and what it takes.
Result<BenchArguments> ParseBenchArguments(const std::vector<std::string>& words);

// The whole command; returns the exit status: 0, 1 when a measurement failed, 2 for wrong usage. A table grows on
// stdout as rows come; JSON comes in one piece at the end.
int RunBenchCommand(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_COMMAND_H_
