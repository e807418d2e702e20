#include "worker/stage/bench_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "kernels/shape/tile_grid.h"

namespace winnow::worker {
namespace {

template <typename... Values>
std::string Text(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

constexpr kernels::ConvShape kYardstickLayers[] = {{32, 128, 128, 16, 16, 1}, {32, 256, 256, 8, 8, 1}};

double DirectGflop(const kernels::ConvShape& shape) {
  return 2e-9 * static_cast<double>(shape.DirectMultiplications());
}

Json TimesJson(const Spread& spread, const std::vector<double>& samples) {
  Json times = ToJson(spread);
  times["samples"] = samples;
  return times;
}

Json PhasesJson(const kernels::PhaseTimes& phases) {
  return {{"input_transform", 1e-6 * static_cast<double>(phases.input_transform_ns)},
          {"multiply", 1e-6 * static_cast<double>(phases.multiply_ns)},
          {"output_transform", 1e-6 * static_cast<double>(phases.output_transform_ns)}};
}

// Of the phase in the sum of all three, in per cent.
double Percent(int64_t phase_ns, const kernels::PhaseTimes& phases) {
  const int64_t all = phases.input_transform_ns + phases.multiply_ns + phases.output_transform_ns;
  return all > 0 ? 100 * static_cast<double>(phase_ns) / static_cast<double>(all) : 0;
}

Json RowJson(const BenchRow& row) {
  Json peers = Json::object();
  for (const auto& [name, peer] : row.timing.peers) {
    if (!peer) {
      peers[name] = Json();
      continue;
    }
    peers[name] = TimesJson(peer->ms, peer->samples);
    peers[name]["implementation"] = peer->implementation;
    peers[name]["ratio"] = peer->ratio;
  }
  const kernels::ConvShape& s = row.shape;
  return {{"layer", {s.batch, s.in_channels, s.out_channels, s.height, s.width}},
          {"sparsity", row.sparsity},
          {"threads", row.threads},
          {"variant", kernels::VariantName(row.variant)},
          {"kernel", row.timing.kernel},
          {"tuned", row.timing.tuned},
          {"vectors", row.timing.vectors},
          {"channel_block", row.timing.channel_block},
          {"max_rel_error", row.timing.max_relative_error},
          {"ours_ms", TimesJson(row.timing.ours_ms, row.timing.samples)},
          {"gflops_effective", row.EffectiveGflops()},
          {"peak_gflops", row.timing.peak_gflops},
          {"share_of_peak", row.EffectiveGflops() / row.timing.peak_gflops},
          {"phases_ms", PhasesJson(row.timing.phases)},
          {"multiply_share_of_peak", row.MultiplyShareOfPeak()},
          {"peers", std::move(peers)},
          {"repro", row.repro}};
}

}  // namespace

std::string LayerText(const kernels::ConvShape& s) {
  return std::to_string(s.batch) + "," + std::to_string(s.in_channels) + "," + std::to_string(s.out_channels) + "," +
         std::to_string(s.height) + "," + std::to_string(s.width);
}

double BenchRow::EffectiveGflops() const { return DirectGflop(shape) / timing.ours_ms.median * 1e3; }

double BenchRow::MultiplyShareOfPeak() const {
  const kernels::TileGrid grid = kernels::MakeTileGrid(shape, kernels::TileOutputs(variant));
  const double flop = 2.0 * static_cast<double>(grid.Total() * timing.nonzeros);
  // Summed over the threads, so the peak of one of them.
  const double peak = timing.peak_gflops / threads;
  return timing.phases.multiply_ns > 0 ? flop / static_cast<double>(timing.phases.multiply_ns) / peak : 0;
}

std::vector<BenchGeomean> Geomeans(const std::vector<BenchRow>& rows) {
  struct Logs {
    double sum = 0;
    int count = 0;
  };
  std::map<std::pair<double, int>, std::map<std::string, Logs>> groups;
  for (const BenchRow& row : rows) {
    std::map<std::string, Logs>& group = groups[{std::round(row.sparsity * 100) / 100, row.threads}];
    for (const auto& [name, peer] : row.timing.peers) {
      if (!peer) continue;
      group[name].sum += std::log(peer->ratio);
      ++group[name].count;
    }
  }
  std::vector<BenchGeomean> means;
  for (const auto& [key, group] : groups) {
    BenchGeomean mean{.sparsity = key.first, .threads = key.second, .vs = {}};
    for (const auto& [name, logs] : group) mean.vs[name] = std::exp(logs.sum / logs.count);
    means.push_back(std::move(mean));
  }
  return means;
}

Json BenchJson(const std::vector<BenchRow>& rows, const MachineFingerprint& machine) {
  Json row_list = Json::array(), means = Json::array();
  for (const BenchRow& row : rows) row_list.push_back(RowJson(row));
  for (const BenchGeomean& mean : Geomeans(rows)) {
    means.push_back({{"sparsity", mean.sparsity}, {"threads", mean.threads}, {"vs", mean.vs}});
  }
  return {{"fingerprint", machine.ToJson()},
          {"rows", std::move(row_list)},
          {"geomean", std::move(means)},
          {"void", WhyVoid(rows)}};
}

std::string WhyVoid(const std::vector<BenchRow>& rows) {
  int looked_at = 0;
  double best_share = 0;
  for (const BenchRow& row : rows) {
    const auto direct = row.timing.peers.find("onednn-direct");
    if (direct == row.timing.peers.end() || !direct->second) continue;
    if (std::find(std::begin(kYardstickLayers), std::end(kYardstickLayers), row.shape) == std::end(kYardstickLayers)) {
      continue;
    }
    ++looked_at;
    const double gflops = DirectGflop(row.shape) / direct->second->ms.min * 1e3;
    best_share = std::max(best_share, gflops / row.timing.peak_gflops);
  }
  if (looked_at == 0 || best_share >= kSoundShareOfPeak) return "";
  return Text(
      "oneDNN's direct convolution reached no more than %.2f of the FMA peak on L1 and L2; it takes %.2f for a "
      "peer that is itself",
      best_share, kSoundShareOfPeak);
}

std::string TableHeading(const std::vector<std::string>& peers) {
  std::string line = Text("%-18s %8s %7s %2s %-32s %8s %9s %8s %10s %8s", "layer N,C,K,H,W", "sparsity", "threads", "F",
                          "kernel", "error", "ours ms", "GFLOP/s", "in/mul/out", "of peak");
  for (const std::string& peer : peers) line += Text(" %15s %6s", (peer + " ms").c_str(), "ratio");
  return line + "\n";
}

std::string TableLine(const BenchRow& row, const std::vector<std::string>& peers) {
  const kernels::PhaseTimes& phases = row.timing.phases;
  const std::string shares = Text("%.0f/%.0f/%.0f", Percent(phases.input_transform_ns, phases),
                                  Percent(phases.multiply_ns, phases), Percent(phases.output_transform_ns, phases));
  const std::string kernel = row.timing.kernel + (row.timing.tuned ? " tuned" : "");
  std::string line =
      Text("%-18s %8.2f %7d %2d %-32s %8.1e %9.3f %8.0f %10s %8.2f", LayerText(row.shape).c_str(), row.sparsity,
           row.threads, kernels::TileOutputs(row.variant), kernel.c_str(), row.timing.max_relative_error,
           row.timing.ours_ms.median, row.EffectiveGflops(), shares.c_str(), row.MultiplyShareOfPeak());
  for (const std::string& name : peers) {
    const std::optional<PeerTiming>& peer = row.timing.peers.at(name);
    line += peer ? Text(" %15.3f %6.2f", peer->ms.median, peer->ratio) : Text(" %15s %6s", "-", "-");
  }
  return line + "\n";
}

std::string Summary(const std::vector<BenchRow>& rows) {
  std::string lines =
      "GFLOP/s: operations of direct convolution by our time. in/mul/out: per cent of input transform, multiplication, "
      "output transform. of peak: the multiplication's operations by the FMA peak.\n";
  for (const BenchGeomean& mean : Geomeans(rows)) {
    lines += Text("geometric mean, sparsity %.2f, threads %d:", mean.sparsity, mean.threads);
    for (const auto& [name, ratio] : mean.vs) lines += Text("  %.2f x %s", ratio, name.c_str());
    lines += "\n";
  }
  if (!rows.empty()) lines += "a row again: " + rows.front().repro + "\n";
  const std::string why_void = WhyVoid(rows);
  if (!why_void.empty()) lines += "VOID: " + why_void + "\n";
  return lines;
}

}  // namespace winnow::worker
