// `winnow-stage bench-step`: how fast nets train, by layer and sparsity.
#ifndef WORKER_STAGE_BENCH_STEP_COMMAND_H_
#define WORKER_STAGE_BENCH_STEP_COMMAND_H_

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worker/bench/step_benchmark.h"

namespace winnow::worker {

struct BenchStepArguments {
  bool help = false;
  std::string model = "vgg-nagadomi";
  double width = 1;
  std::string data_set = "cifar-10";  // its sizes alone: images are random
  int batch = 128;
  int threads = 1;
  std::vector<StepLayers> layers = {StepLayers::kConv2dNchw, StepLayers::kConv2dNhwc, StepLayers::kWinograd};
  std::vector<kernels::WinogradVariant> variants = {kernels::WinogradVariant::kF4K3, kernels::WinogradVariant::kF2K3};
  std::vector<double> sparsities = {0, 0.7, 0.9};
  int rounds = 7;
  bool profile = false;
  bool json = false;
  std::optional<int> peak_of;  // run this configuration alone and print the memory it took: the command of itself

  // What is to be timed: every layers, and kWinograd in every variant and sparsity.
  std::vector<StepConfiguration> Configurations() const;
};

Result<BenchStepArguments> ParseBenchStepArguments(const std::vector<std::string>& words);

// The whole command, `bench-step` left out; returns the exit status of client/cli/exit_code.h.
int RunBenchStepCommand(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_STEP_COMMAND_H_
