#include "worker/stage/bench_command.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "kernels/plan/choices.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/bench/net_benchmark.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/bench_arguments.h"
#include "worker/stage/bench_report.h"
#include "worker/stage/checkpoint_net.h"
#include "worker/stage/stage_tuner.h"

namespace winnow::worker {
namespace {

// One layer to be timed, made when its turn comes: all at once would not fit the memory.
struct Candidate {
  std::string repro;  // the command line that times it alone
  std::function<ConvProblem()> make;
};

std::string ReproOf(const BenchArguments& arguments, const kernels::ConvShape& layer, double sparsity,
                    kernels::WinogradVariant variant) {
  std::string line = "winnow bench --layer " + LayerText(layer) + " --sparsity " + Json(sparsity).dump();
  if (arguments.mask != MaskKind::kRandom) line.append(" --mask ").append(MaskKindName(arguments.mask));
  line += variant == kernels::WinogradVariant::kF2K3 ? " --variant F2" : " --variant F4";
  if (arguments.autotune) line += " --autotune";
  return line + " --seed " + std::to_string(arguments.seed);
}

void AddSyntheticLayers(const BenchArguments& arguments, std::vector<Candidate>& candidates) {
  for (const double sparsity : arguments.sparsities) {
    for (const kernels::ConvShape& layer : arguments.layers) {
      const kernels::WinogradVariant variant =
          arguments.variant.value_or(kernels::ChooseVariant(layer, 1 - sparsity, kernels::BestIsa()));
      candidates.push_back({ReproOf(arguments, layer, sparsity, variant), [=, &arguments] {
                              return RandomProblem(layer, variant, sparsity, arguments.seed, arguments.mask);
                            }});
    }
  }
}

Status AddNetLayers(const BenchArguments& arguments, std::vector<Candidate>& candidates) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const DescribedNet described, LoadDescribedNet(arguments.checkpoint));
  const kernels::WinogradVariant variant = arguments.variant.value_or(kernels::WinogradVariant::kF4K3);
  const int tile_size =
      described.description.tile_size != 0 ? described.description.tile_size : kernels::TileOutputs(variant);
  for (const int batch : arguments.batch_sizes) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(std::vector<NamedProblem> problems,
                                   ProblemsOf(*described.loaded.net, {}, tile_size, batch));
    for (NamedProblem& named : problems) {
      candidates.push_back({"winnow bench --checkpoint " + arguments.checkpoint.string() + " --batch " +
                                std::to_string(batch) + (arguments.autotune ? " --autotune" : "") + "  # " +
                                named.layer,
                            [problem = std::move(named.problem)] { return problem; }});
    }
  }
  return OkStatus();
}

// Times everything. `on_row` is called with each row as it comes.
Status TimeAll(const BenchArguments& arguments, const std::function<void(const BenchRow&)>& on_row) {
  std::vector<Candidate> candidates;
  if (!arguments.checkpoint.empty()) WINNOW_RETURN_IF_ERROR(AddNetLayers(arguments, candidates));
  AddSyntheticLayers(arguments, candidates);
  StageTuner tuner("winnow bench", arguments.autotune);
  for (const int threads : arguments.threads) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::unique_ptr<PinnedThreads> pinned, PinnedThreads::Make(threads));
    kernels::ScratchBuffer scratch;
    for (const Candidate& candidate : candidates) {
      const ConvProblem problem = candidate.make();
      WINNOW_ASSIGN_OR_RETURN_STATUS(LayerTiming timing, TimeLayer(problem, arguments.peers, arguments.rounds,
                                                                   pinned.get(), &scratch, tuner.tuner().get()));
      tuner.Save();
      on_row({problem.shape, problem.Sparsity(), threads, problem.variant, std::move(timing),
              candidate.repro + " --threads " + std::to_string(threads)});
    }
  }
  return OkStatus();
}

int Bench(const BenchArguments& arguments) {
  std::vector<BenchRow> rows;
  if (!arguments.json) std::fputs(TableHeading(arguments.peers).c_str(), stdout);
  const Status status = CatchTorch("bench", [&] {
    return TimeAll(arguments, [&](const BenchRow& row) {
      rows.push_back(row);
      if (arguments.json) return;
      std::fputs(TableLine(row, arguments.peers).c_str(), stdout);
      std::fflush(stdout);
    });
  });
  if (!status.ok()) {
    std::fprintf(stderr, "winnow bench: %s\n", status.message().c_str());
    return 1;
  }
  const std::string report = arguments.json ? DumpJson(BenchJson(rows, ThisMachine())) + "\n" : Summary(rows);
  std::fputs(report.c_str(), stdout);
  return 0;
}

}  // namespace

int RunBenchCommand(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "compare") return RunBenchCompareCommand({words.begin() + 1, words.end()});
  const Result<BenchArguments> arguments = ParseBenchArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow bench: %s\n\n%s", arguments.error().message().c_str(), kBenchUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kBenchUsage, stdout);
    return 0;
  }
  return Bench(*arguments);
}

}  // namespace winnow::worker
