#include "worker/stage/bench_arguments.h"

#include <algorithm>
#include <charconv>

#include "worker/bench/layer_set.h"
#include "worker/stage/arguments.h"

namespace winnow::worker {

const char kBenchUsage[] =
    R"(Usage: winnow bench (--layers SET | --layer N,C,K,H,W | --checkpoint FILE)... [options]
       winnow bench compare BEFORE.json AFTER.json [options]

Times 3x3 convolutions of stride 1 in our sparse Winograd form against other libraries, interleaved in one process.

  --layers SET        convpool-cnn-c, kernels14, odd, resnet18, vgg-16, vgg-cifar, or a file of N,C,K,H,W lines
  --layer N,C,K,H,W   one layer: batch, channels in, channels out, height, width; may be repeated
  --checkpoint FILE   the prunable layers of a checkpoint of ours, pruned as they are there
  --batch LIST        batch sizes of the checkpoint's layers                 (default 1)
  --sparsity LIST     shares of zero Winograd coefficients of other layers   (default 0,0.63)
  --mask KIND         where their zeros stand: random; structured as the
                      rule of spatial pruning leaves them; grouped2, grouped4
                      or grouped8 at random, but the same for so many
                      neighbouring output channels                           (default random)
  --threads LIST      thread counts                                          (default 1)
  --peers LIST        of onednn-direct, onednn-winograd, torch; or none      (default all three)
  --variant F2|F4     F(2x2,3x3) or F(4x4,3x3)                (default the faster of the two)
  --autotune          choose our kernels by timing them, and remember the choice on this machine
  --rounds N          3 to 1000                                              (default 31)
  --seed N            of weights, activations and masks                      (default 1)
  --format F          table or json                                          (default table)

Example: winnow bench --layers kernels14 --sparsity 0,0.63,0.9 --peers onednn-direct,torch
)";

const char kBenchCompareUsage[] =
    R"(Usage: winnow bench compare BEFORE.json AFTER.json [options]

Compares two reports of `winnow bench --format json` row by row: medians, and a Mann-Whitney test over the rounds. Where
both timed the same peer, our time counts in units of the peer's. Exit code 5 when a row has become slower.

  --change X   the smallest change of the median that counts         (default 0.03)
  --alpha P    how unlikely chance must be, over all rows together   (default 0.01)
  --format F   table or json                                         (default table)

Example: winnow bench compare before.json after.json --change 0.05
)";

namespace {

// A number in [0, 1).
Result<double> ParseFraction(const std::string& name, const std::string& text) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value < 1)) {
    return Err(InvalidArgument(name + " takes fractions in [0, 1), such as 0.63, not \"" + text + "\""));
  }
  return value;
}

Result<std::vector<double>> ParseSparsities(const Option& option) {
  std::vector<double> values;
  for (const std::string& item : SplitList(option.value)) {
    WINNOW_ASSIGN_OR_RETURN(const double value, ParseFraction(option.name, item));
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

Result<MaskKind> ParseMask(const Option& option) {
  const auto kind = std::ranges::find(kAllMaskKinds, option.value, MaskKindName);
  if (kind != kAllMaskKinds.end()) return *kind;
  return Err(
      InvalidArgument("--mask takes random, structured, grouped2, grouped4 or grouped8, not \"" + option.value + "\""));
}

Status ApplyLayers(const Option& option, BenchArguments& arguments) {
  if (option.name == "--layer") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const kernels::ConvShape layer, ParseLayer(option.value));
    arguments.layers.push_back(layer);
    return OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<kernels::ConvShape> set, FindLayerSet(option.value));
  arguments.layers.insert(arguments.layers.end(), set.begin(), set.end());
  return OkStatus();
}

Status Apply(const Option& option, BenchArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--layers" || option.name == "--layer") {
    return ApplyLayers(option, arguments);
  } else if (option.name == "--checkpoint") {
    arguments.checkpoint = option.value;
  } else if (option.name == "--batch") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.batch_sizes, IntegerListOption(option, 1, 4096));
  } else if (option.name == "--sparsity") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.sparsities, ParseSparsities(option));
  } else if (option.name == "--mask") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.mask, ParseMask(option));
  } else if (option.name == "--threads") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.threads, IntegerListOption(option, 1, 256));
  } else if (option.name == "--peers") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.peers, ParsePeers(option));
  } else if (option.name == "--variant") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.variant, kernels::ParseVariant(option.value));
  } else if (option.name == "--autotune") {
    arguments.autotune = true;
  } else if (option.name == "--rounds") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rounds, IntegerOption(option, 3, 1000));
  } else if (option.name == "--seed") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const int seed, IntegerOption(option, 0, 1 << 30));
    arguments.seed = static_cast<uint64_t>(seed);
  } else if (option.name == "--format") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.json, JsonFormatOption(option));
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

Status Apply(const Option& option, BenchCompareArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--change") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rules.smallest_change, ParseFraction(option.name, option.value));
  } else if (option.name == "--alpha") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rules.alpha, ParseFraction(option.name, option.value));
  } else if (option.name == "--format") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.json, JsonFormatOption(option));
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

}  // namespace

Result<BenchArguments> ParseBenchArguments(const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions(words));
  BenchArguments arguments;
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  if (arguments.layers.empty() && arguments.checkpoint.empty() && !arguments.help) {
    return Err(InvalidArgument("no layer is given; use --layers, --layer or --checkpoint"));
  }
  return arguments;
}

Result<BenchCompareArguments> ParseBenchCompareArguments(const std::vector<std::string>& words) {
  const auto first_option =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with("--"); });
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions({first_option, words.end()}));
  BenchCompareArguments arguments;
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  if (arguments.help) return arguments;
  if (first_option - words.begin() != 2) {
    return Err(InvalidArgument("two reports are compared: give the files of both, before the options"));
  }
  arguments.before = words[0];
  arguments.after = words[1];
  return arguments;
}

}  // namespace winnow::worker
