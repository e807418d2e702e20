// The command line of `winnow bench` and `winnow bench compare`.
#ifndef WORKER_STAGE_BENCH_ARGUMENTS_H_
#define WORKER_STAGE_BENCH_ARGUMENTS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"
#include "worker/bench/bench_comparison.h"
#include "worker/bench/conv_problem.h"

namespace winnow::worker {

struct BenchArguments {
  bool help = false;
  std::vector<kernels::ConvShape> layers;
  std::filesystem::path checkpoint;              // or the layers of this net, as they are pruned
  std::vector<int> batch_sizes = {1};            // of the checkpoint's layers
  std::vector<double> sparsities = {0.0, 0.63};  // each in [0, 1)
  MaskKind mask = MaskKind::kRandom;
  std::vector<int> threads = {1};
  std::vector<std::string> peers = {"onednn-direct", "onednn-winograd", "torch"};
  std::optional<kernels::WinogradVariant> variant;  // else the faster one, layer by layer
  bool autotune = false;
  int rounds = 31;
  uint64_t seed = 1;
  bool json = false;
};

struct BenchCompareArguments {
  bool help = false;
  std::filesystem::path before;
  std::filesystem::path after;
  ComparisonRules rules;
  bool json = false;
};

extern const char kBenchUsage[];
extern const char kBenchCompareUsage[];

// kInvalidArgument, kNotFound: names the option and what it takes.
Result<BenchArguments> ParseBenchArguments(const std::vector<std::string>& words);
Result<BenchCompareArguments> ParseBenchCompareArguments(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_ARGUMENTS_H_
