#include "worker/bench/net_benchmark.h"

#include "kernels/transforms/filter_transform.h"
#include "worker/bench/host_load.h"

namespace winnow::worker {
namespace {

std::vector<float> Copied(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Result<ConvProblem> ProblemOf(ConvUnit& unit, int tile_size, int64_t batch, uint64_t seed) {
  const int converted = unit.conv().tile_size();
  if (converted != 0 && converted != tile_size) {
    return Err(FailedPrecondition(unit.name() + " of the net is in the Winograd domain for tile size " +
                                  std::to_string(converted) + ", the stage expects " + std::to_string(tile_size)));
  }
  ConvProblem problem;
  problem.variant = tile_size == 2 ? kernels::WinogradVariant::kF2K3 : kernels::WinogradVariant::kF4K3;
  const spec::Layer& layer = unit.layer();
  problem.shape = {.batch = batch,
                   .in_channels = layer.in_channels,
                   .out_channels = layer.out_channels,
                   .height = layer.input_height,
                   .width = layer.input_width,
                   .padding = layer.padding};
  WINNOW_RETURN_ERR_IF_ERROR(problem.shape.Validate());
  const FoldedConv folded = unit.Folded();
  problem.bias = Copied(folded.bias);
  problem.input = RandomActivations(problem.shape.InputSize(), seed);
  if (converted != 0) {
    problem.q = Copied(folded.kernel);
    problem.spatial = RandomFilters(problem.shape, seed + 1);
    return problem;
  }
  problem.spatial = Copied(folded.kernel);
  const int64_t filters = problem.shape.in_channels * problem.shape.out_channels;
  problem.q.resize(static_cast<size_t>(filters * kernels::Positions(problem.variant)));
  kernels::FilterTransform(problem.variant, filters, problem.spatial, problem.q);
  return problem;
}

Json LayerJson(const TimedLayer& layer, std::span<const std::string> peers) {
  Json timed = Json::object();
  for (const std::string& name : peers) {
    const std::optional<PeerTiming>& peer = layer.timing.peers.at(name);
    timed[name] = peer ? Json{{"ms", peer->ms.median}, {"implementation", peer->implementation}} : Json();
  }
  const kernels::ConvShape& s = layer.shape;
  return {{"name", layer.name},
          {"shape", {s.batch, s.in_channels, s.out_channels, s.height, s.width}},
          {"sparsity", layer.sparsity},
          {"kernel", layer.timing.kernel},
          {"ours_ms", layer.timing.ours_ms.median},
          {"peers", std::move(timed)},
          {"max_relative_error", layer.timing.max_relative_error}};
}

// The width of the samples of ours over the whole take.
double WidthOf(const std::vector<TimedLayer>& layers) {
  double between = 0, medians = 0;
  for (const TimedLayer& layer : layers) {
    between += layer.timing.ours_ms.q3 - layer.timing.ours_ms.q1;
    medians += layer.timing.ours_ms.median;
  }
  return medians > 0 ? between / medians : 0;
}

Result<std::optional<std::vector<TimedLayer>>> TakeLayers(const std::vector<NamedProblem>& problems,
                                                          std::span<const std::string> peers, int rounds,
                                                          PinnedThreads* pinned, kernels::ScratchBuffer* scratch,
                                                          const std::function<bool()>& go_on) {
  std::vector<TimedLayer> layers;
  for (const auto& [name, problem] : problems) {
    Result<LayerTiming> timing = TimeLayer(problem, peers, rounds, pinned, scratch);
    if (!timing) return Err(timing.error().WithContext(name));
    layers.push_back({name, problem.shape, problem.Sparsity(), *std::move(timing)});
    if (!go_on()) return std::nullopt;
  }
  return layers;
}

}  // namespace

Result<std::vector<NamedProblem>> ProblemsOf(Net& net, std::span<const std::string> exclude, int tile_size,
                                             int64_t batch) {
  std::vector<NamedProblem> problems;
  for (ConvUnit* unit : net.Prunable(exclude)) {
    WINNOW_ASSIGN_OR_RETURN(ConvProblem problem, ProblemOf(*unit, tile_size, batch, 1 + 16 * problems.size()));
    problems.push_back({unit->name(), std::move(problem)});
  }
  return problems;
}

double BenchmarkRow::OursMs() const {
  double sum = 0;
  for (const TimedLayer& layer : layers) sum += layer.timing.ours_ms.median;
  return sum;
}

std::optional<double> BenchmarkRow::PeerMs(const std::string& peer) const {
  double sum = 0;
  bool has_own = layers.empty();
  for (const TimedLayer& layer : layers) {
    const auto& peers = layer.timing.peers;
    auto timed = peers.find(peer);
    if (timed != peers.end() && timed->second) has_own = true;
    if (timed != peers.end() && !timed->second && peer == "onednn-winograd") timed = peers.find("onednn-direct");
    if (timed == peers.end() || !timed->second) return std::nullopt;
    sum += timed->second->ms.median;
  }
  return has_own ? std::optional(sum) : std::nullopt;
}

Json BenchmarkRow::ToJson(std::span<const std::string> peers) const {
  const double ours = OursMs();
  Json sums = Json::object(), ratios = Json::object(), layer_list = Json::array();
  for (const std::string& peer : peers) {
    const std::optional<double> ms = PeerMs(peer);
    sums[peer] = ms ? Json(*ms) : Json();
    ratios[peer] = ms && ours > 0 ? Json(*ms / ours) : Json();
  }
  for (const TimedLayer& layer : layers) layer_list.push_back(LayerJson(layer, peers));
  return {{"batch_size", batch_size},       {"threads", threads},          {"ours_ms", ours},
          {"peers", std::move(sums)},       {"ratios", std::move(ratios)}, {"noisy", noisy},
          {"layers", std::move(layer_list)}};
}

Result<std::optional<BenchmarkRow>> TimeRow(const std::vector<NamedProblem>& problems,
                                            std::span<const std::string> peers, int threads, int rounds,
                                            const std::function<bool()>& go_on) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<PinnedThreads> pinned, PinnedThreads::Make(threads));
  kernels::ScratchBuffer scratch;
  std::optional<BenchmarkRow> best;
  double best_width = 0;
  for (int take = 0; take < kMaxTakes && (!best || best->noisy); ++take) {
    const HostSample before = SampleHost();
    WINNOW_ASSIGN_OR_RETURN(std::optional<std::vector<TimedLayer>> layers,
                            TakeLayers(problems, peers, rounds, pinned.get(), &scratch, go_on));
    if (!layers) return std::nullopt;
    const double width = WidthOf(*layers);
    const bool noisy = Between(before, SampleHost()).Disturbing() || width > kNoisyWidth;
    if (best && noisy && width >= best_width) continue;
    best = BenchmarkRow{.threads = threads, .noisy = noisy, .layers = *std::move(layers)};
    best->batch_size = problems.empty() ? 0 : static_cast<int>(problems.front().problem.shape.batch);
    best_width = width;
  }
  return best;
}

}  // namespace winnow::worker
