#include "worker/stage/benchmark_executor.h"

#include <functional>
#include <set>

#include "worker/bench/library_versions.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/bench/net_benchmark.h"
#include "worker/bench/net_timing.h"
#include "worker/bench/pinned_threads.h"
#include "worker/stage/checkpoint_net.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {
namespace {

// A peer that this build cannot time at all is refused, rather than left empty in every row.
Status CheckPeers(const std::vector<std::string>& peers) {
  for (const std::string& peer : peers) {
    if (peer.starts_with("onednn") && !HasOnednnPeers()) {
      return FailedPrecondition("this winnow-stage was built without oneDNN and cannot time " + peer +
                                "; leave it out of benchmark.peers or install libdnnl-dev and build again");
    }
  }
  return OkStatus();
}

// The dense networks that stand beside ours: of each library that a peer of the spec belongs to.
std::vector<std::string> NetworkPeers(const std::vector<std::string>& peers) {
  std::set<std::string> libraries;
  for (const std::string& peer : peers) libraries.insert(peer.substr(0, peer.find('-')));
  return {libraries.begin(), libraries.end()};
}

// Why a net cannot be timed, "" where it can: no figure then, rather than one of another computation.
std::string NotTimed(const spec::ModelParameters& model) {
  if (model.winograd_relu.empty()) return "";
  return "our kernels have no ReLU in the Winograd domain, and " + std::to_string(model.winograd_relu.size()) +
         " layers of the net have theirs there";
}

Result<NetTiming> TimeNetwork(const std::function<Result<LoadedNet>()>& load,
                              const spec::BenchmarkParameters& parameters, int batch, int threads) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<PinnedThreads> pinned, PinnedThreads::Make(threads));
  const auto load_net = [&]() -> Result<std::shared_ptr<Net>> {
    WINNOW_ASSIGN_OR_RETURN(LoadedNet loaded, load());
    return loaded.net;
  };
  return TimeNet(SourceOf(load_net, parameters.tile_size), batch, NetworkPeers(parameters.peers), parameters.rounds);
}

}  // namespace

Result<StageOutcome> BenchmarkExecutor::Run(const StageContext& context) {
  const auto& parameters = std::get<spec::BenchmarkParameters>(context.request.parameters);
  context.events.Started({context.numerics_class});
  if (const std::string skipped = NotTimed(parameters.model); !skipped.empty()) {
    return StageOutcome{.values = {{"fingerprint", ThisMachine().ToJson()},
                                   {"tile_size", parameters.tile_size},
                                   {"rows", Json::array()},
                                   {"skipped", skipped}}};
  }
  WINNOW_RETURN_ERR_IF_ERROR(CheckPeers(parameters.peers));
  const ParentNet& parent = context.request.parents.front();
  const auto load = [&] { return LoadForSomeDataSet(parent.checkpoint, parent.digest, parameters.model); };
  WINNOW_ASSIGN_OR_RETURN(const LoadedNet loaded, load());
  Net* const net = loaded.net.get();
  WINNOW_RETURN_ERR_IF_ERROR(CheckLayerNames(*net, parameters.exclude, {}));
  const size_t total = parameters.batch_sizes.size() * parameters.threads.size();
  Json rows = Json::array();
  for (const int batch : parameters.batch_sizes) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<NamedProblem> problems,
                            ProblemsOf(*net, parameters.exclude, parameters.tile_size, batch));
    for (const int threads : parameters.threads) {
      WINNOW_ASSIGN_OR_RETURN(
          std::optional<BenchmarkRow> row,
          TimeRow(problems, parameters.peers, threads, parameters.rounds, [&] { return !context.stop_requested(); }));
      if (!row) return StageOutcome{.stopped = true, .values = {}};
      WINNOW_ASSIGN_OR_RETURN(const NetTiming network, TimeNetwork(load, parameters, batch, threads));
      Json json = row->ToJson(parameters.peers);
      // Without a layer of ours it would be LibTorch against LibTorch.
      json["network"] = network.our_layers.empty() ? Json() : network.ToJson();
      rows.push_back(std::move(json));
      context.events.Progress(static_cast<double>(rows.size()), static_cast<double>(total), "rows",
                              row->noisy ? "noisy" : "");
    }
  }
  return StageOutcome{.values = {{"fingerprint", ThisMachine().ToJson()},
                                 {"tile_size", parameters.tile_size},
                                 {"rows", std::move(rows)}}};
}

}  // namespace winnow::worker
