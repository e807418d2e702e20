#include "worker/stage/infer_command.h"

#include <cstdio>

#include "worker/bench/machine_fingerprint.h"
#include "worker/bench/net_timing.h"
#include "worker/bench/pinned_threads.h"
#include "worker/data/load_data_set.h"
#include "worker/nn/torch_status.h"
#include "worker/stage/arguments.h"
#include "worker/stage/checkpoint_net.h"
#include "worker/stage/stage_tuner.h"
#include "worker/training/evaluation.h"

namespace winnow::worker {
namespace {

constexpr char kInferUsage[] =
    R"(Usage: winnow infer FILE [options]

Runs a network of ours from images to logits with the sparse kernels, checks it, and times it against the dense network.
FILE is a checkpoint (winnow export) or a packed net (winnow export --packed); --checkpoint FILE says the same.

  --data DIR          measure accuracy on the test images that lie there
  --batch LIST        images at once                                         (default 1,16)
  --threads LIST      thread counts                                          (default 1)
  --peers LIST        of onednn, torch: the dense network there; or none     (default both)
  --variant F2|F4     tiles of a checkpoint's layers that are not in the Winograd domain (default F4)
  --autotune          choose our kernels by timing them, and remember the choice on this machine
  --rounds N          3 to 1000                                              (default 31)
  --format F          table or json                                          (default table)

Example: winnow infer pruned.safetensors --data /usr/share/datasets/fashion-mnist
)";

Result<std::vector<std::string>> ParseNetPeers(const Option& option) {
  if (option.value == "none") return std::vector<std::string>();
  std::vector<std::string> peers = SplitList(option.value);
  for (const std::string& peer : peers) {
    if (peer == "onednn" || peer == "torch") continue;
    return Err(InvalidArgument("--peers takes onednn and torch, or none; not \"" + peer + "\""));
  }
  return peers;
}

Status Apply(const Option& option, InferArguments& arguments) {
  if (option.name == "--help") {
    arguments.help = true;
  } else if (option.name == "--checkpoint") {
    arguments.file = option.value;
  } else if (option.name == "--data") {
    arguments.data = option.value;
  } else if (option.name == "--batch") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.batch_sizes, IntegerListOption(option, 1, 4096));
  } else if (option.name == "--threads") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.threads, IntegerListOption(option, 1, 256));
  } else if (option.name == "--peers") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.peers, ParseNetPeers(option));
  } else if (option.name == "--variant") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const kernels::WinogradVariant variant, kernels::ParseVariant(option.value));
    arguments.tile_size = kernels::TileOutputs(variant);
  } else if (option.name == "--autotune") {
    arguments.autotune = true;
  } else if (option.name == "--rounds") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.rounds, IntegerOption(option, 3, 1000));
  } else if (option.name == "--format") {
    WINNOW_ASSIGN_OR_RETURN_STATUS(arguments.json, JsonFormatOption(option));
  } else {
    return InvalidArgument("unknown option " + option.name);
  }
  return OkStatus();
}

struct InferRow {
  int batch = 0;
  int threads = 0;
  NetTiming timing;
};

struct InferReport {
  NetDescription description;
  std::optional<double> accuracy;
  int64_t images = 0;
  std::vector<InferRow> rows;
};

// Of the deployed net, on every test image.
Status MeasureAccuracy(const RunnableNet& runnable, const std::filesystem::path& data, InferReport& report) {
  const spec::DataSet& data_set = runnable.data_set;
  WINNOW_ASSIGN_OR_RETURN_STATUS(const ImageSet images, LoadDataSet(data_set, data, Split::kTest, 0));
  const BatchAssembler assembler(images, spec::FindNormalisation(runnable.description.model, data_set),
                                 data_set.height);
  WINNOW_ASSIGN_OR_RETURN_STATUS(DeployedNet net, runnable.source.deployed());
  const auto classify = [&](const torch::Tensor& batch) { return net.Run(batch); };
  const auto figures = Evaluate(classify, images, assembler, [](int64_t) { return true; });
  report.images = figures->images;
  report.accuracy = figures->accuracy();
  return OkStatus();
}

Status Measure(const InferArguments& arguments, InferReport& report,
               const std::function<void(const InferRow&)>& on_row) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const RunnableNet runnable, OpenRunnableNet(arguments.file, arguments.tile_size));
  report.description = runnable.description;
  if (!arguments.data.empty()) WINNOW_RETURN_IF_ERROR(MeasureAccuracy(runnable, arguments.data, report));
  StageTuner tuner("winnow infer", arguments.autotune);
  for (const int threads : arguments.threads) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::unique_ptr<PinnedThreads> pinned, PinnedThreads::Make(threads));
    for (const int batch : arguments.batch_sizes) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(NetTiming timing,
                                     TimeNet(runnable.source, batch, arguments.peers, arguments.rounds, tuner.tuner()));
      tuner.Save();
      report.rows.push_back({batch, threads, std::move(timing)});
      on_row(report.rows.back());
    }
  }
  return OkStatus();
}

Json ToJson(const InferReport& report) {
  Json rows = Json::array();
  for (const InferRow& row : report.rows) {
    Json json = row.timing.ToJson();
    json["batch_size"] = row.batch;
    json["threads"] = row.threads;
    json["tuned"] = row.timing.tuned;
    json["images_per_s"] = 1e3 * row.batch / row.timing.ours_ms.median;
    rows.push_back(std::move(json));
  }
  return {{"fingerprint", ThisMachine().ToJson()},
          {"model", report.description.model},
          {"tile_size", report.description.tile_size},
          {"accuracy", report.accuracy ? Json(*report.accuracy) : Json()},
          {"images", report.images},
          {"rows", std::move(rows)}};
}

void PrintHeading(const std::vector<std::string>& peers) {
  std::printf("%5s %7s %9s %10s", "batch", "threads", "ours ms", "images/s");
  for (const std::string& peer : peers) std::printf(" %11s %6s", (peer + " ms").c_str(), "ratio");
  std::printf("  layers by our kernels\n");
}

void PrintRow(const InferRow& row) {
  std::printf("%5d %7d %9.3f %10.0f", row.batch, row.threads, row.timing.ours_ms.median,
              1e3 * row.batch / row.timing.ours_ms.median);
  for (const auto& [name, peer] : row.timing.peers) {
    if (peer) {
      std::printf(" %11.3f %6.2f", peer->ms.median, peer->ratio);
    } else {
      std::printf(" %11s %6s", "-", "-");
    }
  }
  std::printf("  %zu", row.timing.our_layers.size());
  if (!row.timing.tuned.empty()) std::printf(", %zu tuned", row.timing.tuned.size());
  std::printf("\n");
  std::fflush(stdout);
}

void PrintAccuracy(const InferReport& report) {
  if (report.accuracy) {
    std::printf("accuracy %.2f %% of %lld test images, by our kernels\n", 100 * *report.accuracy,
                static_cast<long long>(report.images));
  }
}

int Infer(const InferArguments& arguments) {
  InferReport report;
  if (!arguments.json) PrintHeading(arguments.peers);
  const Status status = CatchTorch("infer", [&] {
    return Measure(arguments, report, [&](const InferRow& row) {
      if (!arguments.json) PrintRow(row);
    });
  });
  if (!status.ok()) {
    std::fprintf(stderr, "winnow infer: %s\n", status.message().c_str());
    return status.code() == StatusCode::kNotFound ? 3 : 1;
  }
  if (arguments.json) {
    std::printf("%s\n", DumpJson(ToJson(report)).c_str());
  } else {
    PrintAccuracy(report);
  }
  return 0;
}

}  // namespace

Result<InferArguments> ParseInferArguments(const std::vector<std::string>& words) {
  InferArguments arguments;
  const bool named = !words.empty() && !words.front().starts_with("-");
  if (named) arguments.file = words.front();
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions({words.begin() + named, words.end()}));
  for (const Option& option : options) WINNOW_RETURN_ERR_IF_ERROR(Apply(option, arguments));
  if (arguments.file.empty() && !arguments.help) {
    return Err(InvalidArgument("FILE is missing: `winnow export SWEEP/TRIAL -o FILE` writes one"));
  }
  return arguments;
}

int RunInferCommand(const std::vector<std::string>& words) {
  const Result<InferArguments> arguments = ParseInferArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow infer: %s\n\n%s", arguments.error().message().c_str(), kInferUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kInferUsage, stdout);
    return 0;
  }
  return Infer(*arguments);
}

}  // namespace winnow::worker
