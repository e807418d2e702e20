#include "worker/stage/bench_command.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/json.h"
#include "worker/bench/layer_set.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/arguments.h"
#include "worker/stage/bench_report.h"

namespace winnow::worker {
namespace {

constexpr char kBenchUsage[] =
    R"(Usage: winnow-stage bench (--layers SET | --layer N,C,K,H,W)... [options]

Times 3x3 convolutions of stride 1 in our sparse Winograd form against other libraries, interleaved in one process.

  --layers SET        kernels14, vgg-cifar, resnet18, or a file of N,C,K,H,W lines
  --layer N,C,K,H,W   one layer: batch, channels in, channels out, height, width; may be repeated
  --sparsity LIST     shares of zero Winograd coefficients, random places    (default 0,0.63)
  --threads LIST      thread counts                                          (default 1)
  --peers LIST        of onednn-direct, onednn-winograd, torch; or none      (default all three)
  --variant F2|F4     F(2x2,3x3) or F(4x4,3x3)                               (default F4)
  --rounds N          3 to 1000                                              (default 31)
  --seed N            of weights, activations and masks                      (default 1)
  --format F          table or json                                          (default table)

Example: winnow-stage bench --layers kernels14 --sparsity 0,0.63,0.9 --peers onednn-direct,torch
)";

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> items;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t comma = std::min(text.find(',', at), text.size());
    items.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return items;
}

Result<std::vector<double>> ParseSparsities(const Option& option) {
  std::vector<double> values;
  for (const std::string& item : SplitList(option.value)) {
    double value = -1;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (error != std::errc() || end != item.data() + item.size() || !(value >= 0 && value < 1)) {
      return Err(InvalidArgument("--sparsity takes fractions in [0, 1), such as 0,0.63, not \"" + item + "\""));
    }
    values.push_back(value);
  }
  return values;
}

Result<std::vector<int>> ParseThreads(const Option& option) {
  std::vector<int> values;
  for (const std::string& item : SplitList(option.value)) {
    WINNOW_ASSIGN_OR_RETURN(const int value, IntegerOption({option.name, item}, 1, 256));
    values.push_back(value);
  }
  return values;
}

Result<std::vector<std::string>> ParsePeers(const Option& option) {
  if (option.value == "none") return std::vector<std::string>();
  std::vector<std::string> peers = SplitList(option.value);
  for (const std::string& peer : peers) {
    if (peer == "onednn-direct" || peer == "onednn-winograd" || peer == "torch") continue;
    return Err(
        InvalidArgument("--peers takes onednn-direct, onednn-winograd and torch, or none; not \"" + peer + "\""));
  }
  return peers;
}

Status Apply(const Option& option, BenchArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--layers") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<kernels::ConvShape> set, FindLayerSet(option.value));
    arguments.layers.insert(arguments.layers.end(), set.begin(), set.end());
  } else if (option.name == "--layer") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const kernels::ConvShape layer, ParseLayer(option.value));
    arguments.layers.push_back(layer);
  } else if (option.name == "--sparsity") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.sparsities, ParseSparsities(option));
  } else if (option.name == "--threads") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.threads, ParseThreads(option));
  } else if (option.name == "--peers") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.peers, ParsePeers(option));
  } else if (option.name == "--variant") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.variant, kernels::ParseVariant(option.value));
  } else if (option.name == "--rounds") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rounds, IntegerOption(option, 3, 1000));
  } else if (option.name == "--seed") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const int seed, IntegerOption(option, 0, 1 << 30));
    arguments.seed = static_cast<uint64_t>(seed);
  } else if (option.name == "--format" && (option.value == "table" || option.value == "json")) {
    arguments.json = option.value == "json";
  } else if (option.name == "--format") {
    return InvalidArgument("--format takes table or json, not \"" + option.value + "\"");
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

// Times everything. `on_row` is called with each row as it comes.
Status TimeAll(const BenchArguments& arguments, const std::function<void(const BenchRow&)>& on_row) {
  for (const int threads : arguments.threads) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::unique_ptr<PinnedThreads> pinned, PinnedThreads::Make(threads));
    kernels::ScratchBuffer scratch;
    for (const double sparsity : arguments.sparsities) {
      for (const kernels::ConvShape& layer : arguments.layers) {
        const ConvProblem problem = RandomProblem(layer, arguments.variant, sparsity, arguments.seed);
        WINNOW_ASSIGN_OR_RETURN_STATUS(LayerTiming timing,
                                       TimeLayer(problem, arguments.peers, arguments.rounds, pinned.get(), &scratch));
        on_row({layer, sparsity, threads, arguments.variant, std::move(timing)});
      }
    }
  }
  return OkStatus();
}

}  // namespace

Result<BenchArguments> ParseBenchArguments(const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions(words));
  BenchArguments arguments;
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  if (arguments.layers.empty() && !arguments.help) {
    return Err(InvalidArgument("no layer is given; use --layers or --layer"));
  }
  return arguments;
}

int RunBenchCommand(const std::vector<std::string>& words) {
  const Result<BenchArguments> arguments = ParseBenchArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow-stage bench: %s\n\n%s", arguments.error().message().c_str(), kBenchUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kBenchUsage, stdout);
    return 0;
  }
  std::vector<BenchRow> rows;
  if (!arguments->json) std::fputs(TableHeading(arguments->peers).c_str(), stdout);
  const Status status = CatchTorch("bench", [&] {
    return TimeAll(*arguments, [&](const BenchRow& row) {
      rows.push_back(row);
      if (arguments->json) return;
      std::fputs(TableLine(row, arguments->peers).c_str(), stdout);
      std::fflush(stdout);
    });
  });
  if (!status.ok()) {
    std::fprintf(stderr, "winnow-stage bench: %s\n", status.message().c_str());
    return 1;
  }
  const std::string report = arguments->json ? DumpJson(BenchJson(rows, ThisMachine())) + "\n" : GeomeanLines(rows);
  std::fputs(report.c_str(), stdout);
  return 0;
}

}  // namespace winnow::worker
