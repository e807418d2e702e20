#include "worker/stage/pack_command.h"

#include <cstdio>
#include <limits>
#include <utility>

#include "base/subprocess.h"
#include "kernels/isa/isa.h"
#include "kernels/transforms/winograd_variant.h"
#include "worker/infer/packed_net.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/arguments.h"
#include "worker/stage/checkpoint_net.h"
#include "worker/stage/run_stage.h"

namespace winnow::worker {
namespace {

constexpr char kPackUsage[] =
    R"(Usage: winnow-stage pack --checkpoint FILE --output FILE [options]

Writes a checkpoint's network as one file for use: batch norms folded, pruned layers as packed filters that run where
the file is mapped (docs/formats.md section 11). `winnow infer` runs it.

  --checkpoint FILE   a checkpoint of ours (winnow export)
  --output FILE       where to
  --batch N           images at once for which the filters are packed, 1 to 4096       (default 1)
  --threads N         threads for which they are packed, 1 to 256                      (default 1)
  --variant F2|F4     tiles of layers that are not in the Winograd domain              (default F4)
  --lifeline FD       reading end of a pipe; the command ends within 2 s of its end-of-file

It runs with other batches and threads too: filters that these want otherwise are packed anew when it is loaded.

Example: winnow-stage pack --checkpoint pruned.safetensors --output packed.safetensors --batch 16
)";

constexpr int kExitNotFound = 3, kExitUnavailable = 4;

Status Apply(const Option& option, PackArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--checkpoint") {
    arguments.checkpoint = option.value;
  } else if (option.name == "--output") {
    arguments.output = option.value;
  } else if (option.name == "--batch") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.batch, IntegerOption(option, 1, 4096));
  } else if (option.name == "--threads") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.threads, IntegerOption(option, 1, 256));
  } else if (option.name == "--variant") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const kernels::WinogradVariant variant, kernels::ParseVariant(option.value));
    arguments.tile_size = kernels::TileOutputs(variant);
  } else if (option.name == "--lifeline") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.lifeline, IntegerOption(option, 0, std::numeric_limits<int>::max()));
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

Status Pack(const PackArguments& arguments) {
  at::set_num_threads(arguments.threads);
  WINNOW_ASSIGN_OR_RETURN_STATUS(DescribedNet described, LoadDescribedNet(arguments.checkpoint));
  NetDescription& description = described.description;
  if (description.tile_size == 0) description.tile_size = arguments.tile_size;
  WINNOW_ASSIGN_OR_RETURN_STATUS(DeployedNet net,
                                 DeployedNet::Make(std::move(described.loaded.net), description.tile_size));
  WINNOW_RETURN_IF_ERROR(WritePackedNet(arguments.output, net, description, arguments.batch));
  std::printf("%s  %zu layers by our kernels, packed for batches of %d, %d thread%s, %s\n", arguments.output.c_str(),
              net.ours().size(), arguments.batch, arguments.threads, arguments.threads == 1 ? "" : "s",
              std::string(kernels::IsaName(kernels::BestIsa())).c_str());
  return OkStatus();
}

int ExitStatusOf(StatusCode code) {
  if (code == StatusCode::kNotFound) return kExitNotFound;
  const bool disk = code == StatusCode::kResourceExhausted || code == StatusCode::kPermissionDenied;
  return disk ? kExitUnavailable : kExitFailed;
}

}  // namespace

Result<PackArguments> ParsePackArguments(const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions(words));
  PackArguments arguments;
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  if (arguments.help) return arguments;
  if (arguments.checkpoint.empty()) {
    return Err(InvalidArgument("--checkpoint is missing: `winnow export SWEEP/TRIAL -o FILE` writes one"));
  }
  if (arguments.output.empty()) return Err(InvalidArgument("--output is missing: name the file to write"));
  return arguments;
}

int RunPackCommand(const std::vector<std::string>& words) {
  const Result<PackArguments> arguments = ParsePackArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow-stage pack: %s\n\n%s", arguments.error().message().c_str(), kPackUsage);
    return kExitUsage;
  }
  if (arguments->help) {
    std::fputs(kPackUsage, stdout);
    return 0;
  }
  if (arguments->lifeline >= 0) WatchLifeline(arguments->lifeline, kExitFailed);
  const Status status = CatchTorch("pack", [&] { return Pack(*arguments); });
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow: %s\n", status.message().c_str());
  return ExitStatusOf(status.code());
}

}  // namespace winnow::worker
