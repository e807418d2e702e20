#include "worker/stage/bench_report.h"

#include <cmath>
#include <cstdio>

namespace winnow::worker {
namespace {

template <typename... Values>
std::string Text(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string LayerText(const kernels::ConvShape& s) {
  return std::to_string(s.batch) + "," + std::to_string(s.in_channels) + "," + std::to_string(s.out_channels) + "," +
         std::to_string(s.height) + "," + std::to_string(s.width);
}

Json RowJson(const BenchRow& row) {
  Json peers = Json::object();
  for (const auto& [name, peer] : row.timing.peers) {
    if (!peer) {
      peers[name] = Json();
      continue;
    }
    peers[name] = ToJson(peer->ms);
    peers[name]["implementation"] = peer->implementation;
    peers[name]["ratio"] = peer->ratio;
  }
  const kernels::ConvShape& s = row.shape;
  return {{"layer", {s.batch, s.in_channels, s.out_channels, s.height, s.width}},
          {"sparsity", row.sparsity},
          {"threads", row.threads},
          {"variant", kernels::VariantName(row.variant)},
          {"kernel", row.timing.kernel},
          {"max_rel_error", row.timing.max_relative_error},
          {"ours_ms", ToJson(row.timing.ours_ms)},
          {"peers", std::move(peers)}};
}

}  // namespace

std::vector<BenchGeomean> Geomeans(const std::vector<BenchRow>& rows) {
  struct Logs {
    double sum = 0;
    int count = 0;
  };
  std::map<std::pair<double, int>, std::map<std::string, Logs>> groups;
  for (const BenchRow& row : rows) {
    std::map<std::string, Logs>& group = groups[{row.sparsity, row.threads}];
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
  return {{"fingerprint", machine.ToJson()}, {"rows", std::move(row_list)}, {"geomean", std::move(means)}};
}

std::string TableHeading(const std::vector<std::string>& peers) {
  std::string line =
      Text("%-18s %8s %7s %-15s %9s %9s", "layer N,C,K,H,W", "sparsity", "threads", "kernel", "error", "ours ms");
  for (const std::string& peer : peers) line += Text(" %15s %6s", (peer + " ms").c_str(), "ratio");
  return line + "\n";
}

std::string TableLine(const BenchRow& row, const std::vector<std::string>& peers) {
  std::string line = Text("%-18s %8.2f %7d %-15s %9.1e %9.3f", LayerText(row.shape).c_str(), row.sparsity, row.threads,
                          row.timing.kernel.c_str(), row.timing.max_relative_error, row.timing.ours_ms.median);
  for (const std::string& name : peers) {
    const std::optional<PeerTiming>& peer = row.timing.peers.at(name);
    line += peer ? Text(" %15.3f %6.2f", peer->ms.median, peer->ratio) : Text(" %15s %6s", "-", "-");
  }
  return line + "\n";
}

std::string GeomeanLines(const std::vector<BenchRow>& rows) {
  std::string lines;
  for (const BenchGeomean& mean : Geomeans(rows)) {
    lines += Text("geometric mean, sparsity %.2f, threads %d:", mean.sparsity, mean.threads);
    for (const auto& [name, ratio] : mean.vs) lines += Text("  %.2f x %s", ratio, name.c_str());
    lines += "\n";
  }
  return lines;
}

}  // namespace winnow::worker
