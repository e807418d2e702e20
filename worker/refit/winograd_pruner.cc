#include "worker/refit/winograd_pruner.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "worker/pruning/allocation.h"
#include "worker/pruning/kernel_hessian.h"
#include "worker/pruning/second_order.h"
#include "worker/pruning/winograd_mask.h"
#include "worker/refit/layer_moments.h"
#include "worker/refit/layer_refit.h"
#include "worker/refit/sensitivity_scan.h"

namespace winnow::worker {
namespace {

using spec::Allocation;
using spec::Compensation;
using spec::Selection;
using torch::Tensor;

constexpr int kRefitIterations = 40;
constexpr int64_t kMomentFloats = 96 << 20;  // 384 MiB

std::span<const float> Floats(const Tensor& t) { return {t.data_ptr<float>(), static_cast<size_t>(t.numel())}; }
std::span<const double> Doubles(const Tensor& t) { return {t.data_ptr<double>(), static_cast<size_t>(t.numel())}; }

// Kernels of a layer, [out_channels][in_channels], worked on side by side.
template <typename Work>
void ForEachKernel(const Tensor& kernel, const Work& work) {
  const int64_t in_channels = kernel.size(1);
  at::parallel_for(0, kernel.size(0) * in_channels, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i, i % in_channels);
  });
}

// One call of PruneNet().
class Pruner {
 public:
  Pruner(Net& net, const std::vector<PruneTarget>& targets, int tile_size, const spec::WinogradMethod& method,
         const ImageSample* sample, const std::function<bool()>& go_on)
      : net_(net),
        targets_(targets),
        tile_size_(tile_size),
        positions_((tile_size + 2) * (tile_size + 2)),
        method_(method),
        sample_(sample),
        go_on_(go_on) {
    for (const PruneTarget& target : targets) {
      originals_.push_back(Kernel(target).cpu().clone());
      scanned_.push_back({.score = target.base_score, .rate = 0.0});
    }
  }

  std::optional<std::vector<PrunedLayer>> Run() {
    torch::NoGradGuard no_grad;
    std::vector<double> before;
    for (const Tensor& original : originals_) before.push_back(ZeroShare(original));
    for (int round = 1; round <= method_.rounds; ++round) {
      const double part = static_cast<double>(round) / method_.rounds;
      std::vector<double> rates;
      for (size_t i = 0; i < targets_.size(); ++i) {
        const double rate = before[i] + (targets_[i].rate - before[i]) * part;
        rates.push_back(targets_[i].exact_rate ? rate : std::max(before[i], rate));
      }
      if (!Round(rates)) return std::nullopt;
    }
    return std::move(layers_);
  }

 private:
  static Tensor Kernel(const PruneTarget& target) { return target.unit->conv().kernel().detach(); }

  static double ZeroShare(const Tensor& kernel) {
    return static_cast<double>(kernel.eq(0).sum().item<int64_t>()) / static_cast<double>(kernel.numel());
  }

  bool Round(const std::vector<double>& rates) {
    layers_.clear();
    for (size_t i = 0; i < targets_.size(); ++i) {
      layers_.push_back({.name = targets_[i].unit->name(),
                         .base_score = scanned_[i].score,
                         .fall_rate = scanned_[i].rate,
                         .kept = {}});
    }
    if (!ChooseMasks(rates)) return false;
    for (size_t i = 0; i < targets_.size(); ++i) layers_[i].reached = ZeroShare(layers_[i].kept);
    for (size_t begin = 0; begin < targets_.size();) {
      if (!go_on_()) return false;
      const size_t end = EndOfGroup(begin);
      std::vector<LayerMoments> moments(end - begin);
      const bool blocks = method_.moments == spec::Moments::kMeasured && method_.compensation == Compensation::kKernel;
      if (Whole() || blocks) moments = Measure(begin, end, Whole(), /*fisher=*/false);
      for (size_t i = begin; i < end; ++i) Write(i, moments[i - begin]);
      begin = end;
    }
    return true;
  }

  bool Whole() const { return method_.compensation == Compensation::kLayer; }

  // Layers from `begin` on whose whole moments may lie in memory together.
  size_t EndOfGroup(size_t begin) const {
    if (!Whole()) return targets_.size();
    int64_t floats = 0;
    size_t end = begin;
    for (; end < targets_.size(); ++end) {
      const int64_t n = originals_[end].size(1) * positions_;
      floats += n * n;
      if (end > begin && floats > kMomentFloats) break;
    }
    return end;
  }

  // --- which coefficients stay ---

  bool ByThreshold() const {
    return method_.allocation == Allocation::kWork || method_.allocation == Allocation::kSize;
  }

  bool ChooseMasks(const std::vector<double>& rates) {
    // The paper's rule, which also knows groups of output channels.
    if (method_.selection == Selection::kImportance && method_.moments == spec::Moments::kWhite &&
        method_.allocation == Allocation::kUniform && !method_.fisher_rows) {
      for (size_t i = 0; i < targets_.size(); ++i) {
        const Tensor kernel = Kernel(targets_[i]).cpu();
        const WinogradMask mask = PruneWinograd(Floats(kernel), rates[i], tile_size_, method_.importance_factors,
                                                {.out_channels = method_.mask_group, .in_channels = kernel.size(1)});
        SetMask(i, mask.kept, rates[i]);
      }
      return true;
    }
    std::vector<Tensor> scores;
    std::vector<ScoredLayer> scored;
    std::vector<LayerMoments> moments(targets_.size());
    if (method_.moments == spec::Moments::kMeasured || method_.fisher_rows) {
      moments = Measure(0, targets_.size(), /*whole=*/false, method_.fisher_rows);
    }
    for (size_t i = 0; i < targets_.size(); ++i) {
      const PruneTarget& target = targets_[i];
      if (!go_on_()) return false;
      scores.push_back(Scores(target, moments[i]));
      scored.push_back({.scores = Floats(scores.back()),
                        .out_channels = scores.back().size(0),
                        .in_channels = scores.back().size(1),
                        .tiles = TilesOf(target)});
    }
    if (method_.allocation == Allocation::kSensitivity && !ScaleBySensitivity(scores)) return false;
    Divide(scored, rates);
    return true;
  }

  // Divides the scores of a layer by the one at which it alone becomes too bad, which is looked for the first time.
  bool ScaleBySensitivity(std::vector<Tensor>& scores) {
    std::optional<double> accuracy;
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].fixed_rate) continue;
      LayerScan& scan = scanned_[i];
      if (scan.score == 0.0) {
        if (!accuracy) accuracy = AccuracyOn(net_, *sample_, method_.sensitivity_images, go_on_);
        if (!accuracy) return false;
        const std::optional<LayerScan> found =
            ScanLayer(net_, *targets_[i].unit, scores[i], {.images = method_.sensitivity_images, .accuracy = *accuracy},
                      *sample_, go_on_);
        if (!found) return false;
        scan = *found;
        layers_[i].base_score = scan.score;
        layers_[i].fall_rate = scan.rate;
      }
      if (scan.score > 0.0) scores[i].div_(scan.score);
    }
    return true;
  }

  // Gives every layer its mask: by its own rate, or what the allocation makes of the rates together.
  void Divide(const std::vector<ScoredLayer>& scored, const std::vector<double>& rates) {
    std::vector<size_t> shared;
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i].fixed_rate || method_.allocation == Allocation::kUniform) {
        SetMask(i, KeepHighest(scored[i].scores, rates[i]), rates[i]);
      } else {
        shared.push_back(i);
      }
    }
    if (shared.empty()) return;
    std::vector<ScoredLayer> layers;
    double savings = 0.0, wanted = 0.0;
    for (const size_t i : shared) {
      layers.push_back(scored[i]);
      const double weight = static_cast<double>(scored[i].scores.size()) *
                            (method_.allocation == Allocation::kWork ? static_cast<double>(scored[i].tiles) : 1.0);
      savings += weight;
      wanted += weight * rates[i];
    }
    const double rate = wanted / savings;
    if (method_.allocation != Allocation::kErk) {
      const Allocation saving = method_.allocation == Allocation::kWork ? Allocation::kWork : Allocation::kSize;
      std::vector<std::vector<uint8_t>> kept = KeepHighestOverall(layers, rate, saving);
      for (size_t j = 0; j < shared.size(); ++j) {
        const auto gone = std::count(kept[j].begin(), kept[j].end(), uint8_t{0});
        SetMask(shared[j], kept[j], static_cast<double>(gone) / static_cast<double>(kept[j].size()));
      }
    } else {
      const std::vector<double> each = ErkRates(layers, rate);
      for (size_t j = 0; j < shared.size(); ++j) {
        SetMask(shared[j], KeepHighest(layers[j].scores, each[j]), each[j]);
      }
    }
  }

  void SetMask(size_t i, const std::vector<uint8_t>& kept, double target) {
    layers_[i].kept = torch::tensor(kept, torch::kUInt8).view(originals_[i].sizes());
    layers_[i].target = target;
  }

  int64_t TilesOf(const PruneTarget& target) const { return target.unit->layer().tiles(tile_size_); }

  // Of targets begin to end.
  std::vector<LayerMoments> Measure(size_t begin, size_t end, bool whole, bool fisher) {
    std::vector<ConvUnit*> units;
    for (size_t i = begin; i < end; ++i) units.push_back(targets_[i].unit);
    return MeasureMoments(net_, units, *sample_,
                          {.tile_size = tile_size_, .images = method_.moment_images, .whole = whole, .fisher = fisher});
  }

  // Of each kernel's change of the output; [C, a^2, a^2].
  Tensor Hessians(const PruneTarget& target, const LayerMoments& moments) const {
    return method_.moments == spec::Moments::kMeasured
               ? KernelHessians(moments, tile_size_, method_.centre_outputs)
               : WhiteKernelHessians(target.unit->conv().geometry().in_channels, tile_size_);
  }

  // What giving up each coefficient costs: [O, C, a, a].
  Tensor Scores(const PruneTarget& target, const LayerMoments& moments) {
    const Tensor kernel = Kernel(target).cpu().contiguous();
    const Tensor hessians = Hessians(target, moments);
    // Else neither an order of coefficients nor an inverse would mean anything.
    TORCH_CHECK(torch::isfinite(kernel).all().item<bool>() && torch::isfinite(hessians).all().item<bool>(), "layer ",
                target.unit->name(),
                " has weights or inputs that are not finite; prune a net whose training went well");
    const Tensor changes = method_.selection == Selection::kSecondOrder ? GreedyChanges(kernel, hessians)
                                                                        : SingleChanges(kernel, hessians);
    return (changes * RowWeights(target, kernel, hessians, moments).view({-1, 1, 1, 1}))
        .to(torch::kFloat32)
        .contiguous();
  }

  // M_kk q_k^2, or q_k^2 without importance factors. Float64.
  Tensor SingleChanges(const Tensor& kernel, const Tensor& hessians) const {
    const Tensor squares = kernel.to(torch::kFloat64).square();
    if (!method_.importance_factors) return squares;
    return squares * hessians.diagonal(0, 1, 2).reshape({1, kernel.size(1), kernel.size(2), kernel.size(3)});
  }

  Tensor GreedyChanges(const Tensor& kernel, const Tensor& hessians) const {
    const auto n = static_cast<size_t>(positions_);
    std::vector<std::vector<double>> inverses;
    for (int64_t c = 0; c < kernel.size(1); ++c) {
      inverses.push_back(InverseOf(Doubles(hessians[c]), n));
      TORCH_CHECK(!inverses.back().empty(), "the Hessian of input channel ", c, " is singular");
    }
    Tensor costs = torch::empty(kernel.sizes(), torch::kFloat64);
    auto* out = costs.data_ptr<double>();
    ForEachKernel(kernel, [&](int64_t i, int64_t channel) {
      const auto at = static_cast<size_t>(i) * n;
      RemovalCosts(inverses[static_cast<size_t>(channel)], Floats(kernel).subspan(at, n), std::span(out + at, n));
    });
    return costs;
  }

  // What a change of an output channel counts for: [O], float64.
  Tensor RowWeights(const PruneTarget& target, const Tensor& kernel, const Tensor& hessians,
                    const LayerMoments& moments) const {
    if (method_.fisher_rows) {
      // The loss of an image changes by half the sum over its pixels; tiles times what a tile changes by.
      const double tiles = ByThreshold() ? static_cast<double>(TilesOf(target)) : 1.0;
      return moments.fisher.cpu().to(torch::kFloat64) * tiles;
    }
    if (!ByThreshold()) return torch::ones({kernel.size(0)}, torch::kFloat64);
    // Layers compare by the share of a channel's output that changes: what batch norm, which scales it anyway, sees.
    const Tensor q = kernel.to(torch::kFloat64).view({kernel.size(0), kernel.size(1), positions_});
    const Tensor energy = torch::einsum("ock,ckl,ocl->o", {q, hessians, q});
    return 1.0 / energy.clamp_min(1e-30);
  }

  // --- what the survivors become ---

  void Write(size_t i, LayerMoments& moments) {
    const PruneTarget& target = targets_[i];
    Tensor kernel = Kernel(target);
    const Tensor kept = layers_[i].kept;
    const Tensor now = kernel.cpu().contiguous();
    if (method_.compensation == Compensation::kNone) {
      kernel.copy_(now * kept);
      return;
    }
    const Tensor hessians = Hessians(target, moments);
    Tensor moved = torch::empty_like(now);
    auto* out = moved.data_ptr<float>();
    const auto n = static_cast<size_t>(positions_);
    const std::span<const uint8_t> mask(kept.data_ptr<uint8_t>(), static_cast<size_t>(kept.numel()));
    ForEachKernel(now, [&](int64_t k, int64_t channel) {
      const auto at = static_cast<size_t>(k) * n;
      Compensate(Doubles(hessians).subspan(static_cast<size_t>(channel) * n * n, n * n), Floats(now).subspan(at, n),
                 mask.subspan(at, n), std::span(out + at, n));
    });
    if (Whole()) moved = Refit(i, moments, moved, kept);
    kernel.copy_(moved.view(kernel.sizes()));
  }

  Tensor Refit(size_t i, LayerMoments& moments, const Tensor& start, const Tensor& kept) const {
    const torch::Device device = moments.mean.device();
    const std::vector<int64_t> flat = {start.size(0), -1};
    // The blocks of the same moments, whatever the choice was made by.
    const RefitProblem problem{
        .hessian = LayerHessian(moments, tile_size_, method_.centre_outputs),
        .kernel_hessians = KernelHessians(moments, tile_size_, method_.centre_outputs).to(device),
        .target = originals_[i].reshape(flat).to(device),
        .start = start.reshape(flat).to(device),
        .kept = kept.reshape(flat).to(device)};
    return RefitLayer(problem, kRefitIterations);
  }

  Net& net_;
  const std::vector<PruneTarget>& targets_;
  const int tile_size_;
  const int64_t positions_;
  const spec::WinogradMethod& method_;
  const ImageSample* sample_;
  const std::function<bool()>& go_on_;
  std::vector<Tensor> originals_;   // the filters before any pruning of this call, on the CPU
  std::vector<LayerScan> scanned_;  // kSensitivity
  std::vector<PrunedLayer> layers_;
};

}  // namespace

bool NeedsImages(const spec::WinogradMethod& method) {
  return method.moments == spec::Moments::kMeasured || method.compensation == Compensation::kLayer ||
         method.fisher_rows || method.allocation == Allocation::kSensitivity;
}

std::optional<std::vector<PrunedLayer>> PruneNet(Net& net, const std::vector<PruneTarget>& targets, int tile_size,
                                                 const spec::WinogradMethod& method, const ImageSample* sample,
                                                 const std::function<bool()>& go_on) {
  return Pruner(net, targets, tile_size, method, sample, go_on).Run();
}

Tensor KernelPreconditioner(const Tensor& kept, int tile_size, bool with_pruned) {
  const Tensor mask = kept.to(torch::kUInt8).cpu().contiguous();
  const auto n = static_cast<size_t>((tile_size + 2) * (tile_size + 2));
  const std::vector<double> white = WhiteHessian(tile_size);
  const auto scale = static_cast<float>(tile_size * tile_size);
  Tensor inverses =
      torch::empty({kept.size(0), kept.size(1), static_cast<int64_t>(n), static_cast<int64_t>(n)}, torch::kFloat32);
  auto* out = inverses.data_ptr<float>();
  ForEachKernel(mask, [&](int64_t k, int64_t) {
    const std::span<const uint8_t> own(mask.data_ptr<uint8_t>() + static_cast<size_t>(k) * n, n);
    std::vector<double> inverse = SurvivorInverse(white, own);
    for (size_t j = 0; with_pruned && j < n; ++j) {
      if (own[j] == 0) inverse[j * n + j] = 1.0 / white[j * n + j];
    }
    for (size_t j = 0; j < n * n; ++j) out[static_cast<size_t>(k) * n * n + j] = scale * static_cast<float>(inverse[j]);
  });
  return inverses;
}

}  // namespace winnow::worker
