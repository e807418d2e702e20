#include "worker/stage/bench_step_command.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/subprocess.h"
#include "spec/data_set.h"
#include "worker/bench/batch_timing.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/bench/pinned_threads.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/arguments.h"

namespace winnow::worker {
namespace {

constexpr char kBenchStepUsage[] =
    R"(Usage: winnow-stage bench-step [options]

Times steps of training (forward, backward, optimizer) on random images: LibTorch's convolutions in both memory formats
against our layers, interleaved in one process.

  --model NAME      network of the catalogue                            (default vgg-nagadomi)
  --width X         factor on its channels                              (default 1)
  --data-set NAME   whose image sizes and classes to take               (default cifar-10)
  --batch N         images a step                                       (default 128)
  --threads N       threads, each on a core of its own                  (default 1)
  --layers LIST     of conv2d-nchw, conv2d-nhwc, spatial, winograd,     (default conv2d-nchw,conv2d-nhwc,winograd)
                    winograd-kept (transformed inputs kept for the way back)
  --variant LIST    tiles of the Winograd layers, of F2 and F4          (default F4,F2)
  --sparsity LIST   shares of zeros of the Winograd layers              (default 0,0.7,0.9)
  --rounds N        3 to 1000                                           (default 7)
  --profile yes|no  where the time of our layers goes                   (default no)
  --format F        table or json                                       (default table)

Example: winnow-stage bench-step --model vgg-nagadomi --batch 128 --threads 2 --sparsity 0,0.7,0.9
)";

constexpr int kStepsForPeak = 3;

Result<double> NumberOption(const Option& option, const std::string& text, double low, double high) {
  double value = low - 1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high)) {
    char range[64];
    std::snprintf(range, sizeof range, "%g to %g", low, high);
    return Err(InvalidArgument(option.name + " takes numbers from " + range + ", not \"" + text + "\""));
  }
  return value;
}

Result<StepLayers> ParseLayers(const std::string& name) {
  for (const StepLayers layers : {StepLayers::kConv2dNchw, StepLayers::kConv2dNhwc, StepLayers::kSpatial,
                                  StepLayers::kWinograd, StepLayers::kWinogradKept}) {
    if (name == StepLayersName(layers)) return layers;
  }
  return Err(InvalidArgument("--layers takes conv2d-nchw, conv2d-nhwc, spatial, winograd and winograd-kept, not \"" +
                             name + "\""));
}

Status ApplyList(const Option& option, BenchStepArguments& arguments) {
  if (option.name == "--layers") {
    arguments.layers.clear();
    for (const std::string& item : SplitList(option.value)) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const StepLayers layers, ParseLayers(item));
      arguments.layers.push_back(layers);
    }
  } else if (option.name == "--variant") {
    arguments.variants.clear();
    for (const std::string& item : SplitList(option.value)) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const kernels::WinogradVariant variant, kernels::ParseVariant(item));
      arguments.variants.push_back(variant);
    }
  } else {
    arguments.sparsities.clear();
    for (const std::string& item : SplitList(option.value)) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const double sparsity, NumberOption(option, item, 0, 0.999));
      arguments.sparsities.push_back(sparsity);
    }
  }
  return OkStatus();
}

Status Apply(const Option& option, BenchStepArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--model") {
    arguments.model = option.value;
  } else if (option.name == "--width") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.width, NumberOption(option, option.value, 0.01, 4));
  } else if (option.name == "--data-set") {
    arguments.data_set = option.value;
  } else if (option.name == "--batch") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.batch, IntegerOption(option, 2, 65536));
  } else if (option.name == "--threads") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.threads, IntegerOption(option, 1, 256));
  } else if (option.name == "--layers" || option.name == "--variant" || option.name == "--sparsity") {
    return ApplyList(option, arguments);
  } else if (option.name == "--rounds") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rounds, IntegerOption(option, 3, 1000));
  } else if (option.name == "--profile") {
    if (option.value != "yes" && option.value != "no") return InvalidArgument("--profile takes yes or no");
    arguments.profile = option.value == "yes";
  } else if (option.name == "--format") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.json, JsonFormatOption(option));
  } else if (option.name == "--peak-of") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.peak_of, IntegerOption(option, 0, 1 << 20));
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

Result<spec::Network> NetworkOf(const BenchStepArguments& arguments) {
  WINNOW_ASSIGN_OR_RETURN(const spec::DataSet data_set, spec::FindDataSet(arguments.data_set));
  return spec::FindNetwork(arguments.model, arguments.width, data_set);
}

uint64_t OwnPeakBytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

// What this process takes for the one configuration.
Result<uint64_t> MeasurePeak(const BenchStepArguments& arguments) {
  const std::vector<StepConfiguration> configurations = arguments.Configurations();
  const auto index = static_cast<size_t>(*arguments.peak_of);
  if (index >= configurations.size()) return Err(InvalidArgument("--peak-of: there is no such configuration"));
  WINNOW_ASSIGN_OR_RETURN(const spec::Network network, NetworkOf(arguments));
  WINNOW_ASSIGN_OR_RETURN(const auto contender, MakeStepContender(network, configurations[index], arguments.batch));
  for (int i = 0; i < kStepsForPeak; ++i) contender->Run();
  return OwnPeakBytes();
}

// The same of a process of its own; 0 where that fails, which must not lose the timings.
uint64_t PeakOf(const std::vector<std::string>& words, size_t configuration) {
  SubprocessOptions options;
  options.command = {"/proc/self/exe", "bench-step"};
  options.command.insert(options.command.end(), words.begin(), words.end());
  options.command.push_back("--peak-of=" + std::to_string(configuration));
  options.capture_stderr = false;
  Result<Subprocess> child = Subprocess::Start(options);
  if (!child) return 0;
  std::string text;
  char buffer[256];
  for (ssize_t got; (got = ::read(child->stdout_fd(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return child->Wait().exit_code == 0 ? std::strtoull(text.c_str(), nullptr, 10) : 0;
}

// Of the processor time of a step.
double BatchShare(double batch_ms, const StepRow& row, int threads) { return batch_ms / (row.ms.median * threads); }

Json ToJson(const BenchStepArguments& arguments, const std::vector<StepRow>& rows, double batch_ms) {
  Json list = Json::array();
  for (const StepRow& row : rows) list.push_back(row.ToJson());
  return {{"fingerprint", ThisMachine().ToJson()},
          {"model", arguments.model},
          {"width", arguments.width},
          {"data_set", arguments.data_set},
          {"batch_size", arguments.batch},
          {"threads", arguments.threads},
          {"batch_ms", batch_ms},
          {"rows", std::move(list)}};
}

void PrintTable(const std::vector<StepRow>& rows) {
  std::printf("%-12s %-10s %8s %9s %10s %12s %9s\n", "layers", "variant", "zeros %", "step ms", "images/s", "x conv2d",
              "peak MiB");
  for (const StepRow& row : rows) {
    const StepConfiguration& c = row.configuration;
    char ratio[32] = "-";
    if (row.ratio_to_best_conv2d > 0) std::snprintf(ratio, sizeof ratio, "%.2f", row.ratio_to_best_conv2d);
    std::printf("%-12s %-10s %8.4g %9.1f %10.1f %12s %9.0f\n", std::string(StepLayersName(c.layers)).c_str(),
                c.variant ? std::string(kernels::VariantName(*c.variant)).c_str() : "-", 100 * c.sparsity,
                row.ms.median, row.images_per_s, ratio, static_cast<double>(row.peak_bytes) / (1 << 20));
  }
}

// Batches are made on a thread of their own while steps are taken, so this is time that steps cannot have.
void PrintBatches(const std::vector<StepRow>& rows, double batch_ms, int threads) {
  double worst = 0;
  for (const StepRow& row : rows) worst = std::max(worst, BatchShare(batch_ms, row, threads));
  std::printf("\nmaking a batch takes one thread %.2f ms, at most %.2f %% of a step's processor time\n", batch_ms,
              100 * worst);
}

// Milliseconds of a step, as if every thread were busy all the time: the rest is LibTorch's, memory's and waiting.
void PrintProfile(const std::vector<StepRow>& rows, int threads) {
  for (const StepRow& row : rows) {
    if (std::all_of(row.phases.begin(), row.phases.end(), [](double s) { return s == 0; })) continue;  // LibTorch's
    std::printf("\n%s: %.1f ms a step\n", row.configuration.ToString().c_str(), row.ms.median);
    double rest = row.ms.median;
    for (int i = 0; i < kStepPhases; ++i) {
      const double ms = 1e3 * row.phases[i] / threads;
      rest -= ms;
      std::printf("  %-26s %8.1f ms %5.1f %%\n", std::string(StepPhaseName(static_cast<StepPhase>(i))).c_str(), ms,
                  100 * ms / row.ms.median);
    }
    std::printf("  %-26s %8.1f ms %5.1f %%\n", "rest", rest, 100 * rest / row.ms.median);
  }
}

Status BenchStep(const BenchStepArguments& arguments, const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const spec::Network network, NetworkOf(arguments));
  std::vector<uint64_t> peaks;
  if (!arguments.peak_of) {
    // Before this thread is pinned, which its children would inherit.
    for (size_t i = 0; i < arguments.Configurations().size(); ++i) peaks.push_back(PeakOf(words, i));
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(const auto pinned, PinnedThreads::Make(arguments.threads));
  if (arguments.peak_of) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const uint64_t bytes, MeasurePeak(arguments));
    std::printf("%llu\n", static_cast<unsigned long long>(bytes));
    return OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(std::vector<StepRow> rows,
                                 TimeSteps(network, arguments.Configurations(), arguments.batch, arguments.rounds));
  for (size_t i = 0; i < rows.size(); ++i) rows[i].peak_bytes = peaks[i];
  WINNOW_ASSIGN_OR_RETURN_STATUS(const spec::DataSet data_set, spec::FindDataSet(arguments.data_set));
  const double batch_ms = TimeBatch(data_set, arguments.batch);
  if (arguments.json) {
    std::printf("%s\n", DumpJson(ToJson(arguments, rows, batch_ms)).c_str());
    return OkStatus();
  }
  PrintTable(rows);
  PrintBatches(rows, batch_ms, arguments.threads);
  if (arguments.profile) PrintProfile(rows, arguments.threads);
  return OkStatus();
}

}  // namespace

std::vector<StepConfiguration> BenchStepArguments::Configurations() const {
  std::vector<StepConfiguration> configurations;
  for (const StepLayers each : layers) {
    if (!IsWinograd(each)) {
      configurations.push_back({.layers = each});
      continue;
    }
    for (const kernels::WinogradVariant variant : variants) {
      for (const double sparsity : sparsities) configurations.push_back({each, variant, sparsity});
    }
  }
  return configurations;
}

Result<BenchStepArguments> ParseBenchStepArguments(const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions(words));
  BenchStepArguments arguments;
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  return arguments;
}

int RunBenchStepCommand(const std::vector<std::string>& words) {
  const Result<BenchStepArguments> arguments = ParseBenchStepArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow-stage bench-step: %s\n\n%s", arguments.error().message().c_str(), kBenchStepUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kBenchStepUsage, stdout);
    return 0;
  }
  const Status status = CatchTorch("bench-step", [&] { return BenchStep(*arguments, words); });
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-stage bench-step: %s\n", status.message().c_str());
  return status.code() == StatusCode::kNotFound ? 3 : 1;
}

}  // namespace winnow::worker
