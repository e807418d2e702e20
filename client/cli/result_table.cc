#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "client/cli/frontier.h"
#include "client/cli/number_text.h"
#include "client/cli/pareto.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"
#include "client/cli/state_text.h"
#include "client/cli/text_table.h"
#include "client/cli/trial_groups.h"

namespace winnow::cli {
namespace {

using BenchmarkSetting = std::pair<int, int>;  // batch size, threads

// What occurs anywhere in the results, so that every line has the same columns.
struct BenchmarkColumns {
  std::set<BenchmarkSetting> settings;
  std::set<std::string> peers;
  std::set<std::string> network_peers;

  explicit BenchmarkColumns(const SweepResults& results) {
    for (const v1::BenchmarkRow& row : results.dense_benchmark) Add(row);
    for (const v1::TrialResult& result : results.trials) {
      for (const v1::BenchmarkRow& row : result.benchmark()) Add(row);
    }
  }
  void Add(const v1::BenchmarkRow& row) {
    settings.emplace(row.batch_size(), row.threads());
    for (const auto& [peer, ms] : row.peer_ms()) peers.insert(peer);
    for (const auto& [peer, ms] : row.network().peer_ms()) network_peers.insert(peer);
  }
};

template <typename Rows>
const v1::BenchmarkRow* FindRow(const Rows& rows, BenchmarkSetting setting) {
  for (const v1::BenchmarkRow& row : rows) {
    if (BenchmarkSetting(row.batch_size(), row.threads()) == setting) return &row;
  }
  return nullptr;
}

template <typename Map>
std::optional<double> Lookup(const v1::BenchmarkRow* row, const Map& (v1::BenchmarkRow::*values)() const,
                             const std::string& peer) {
  if (row == nullptr) return std::nullopt;
  const auto it = (row->*values)().find(peer);
  return it == (row->*values)().end() ? std::nullopt : std::optional(it->second);
}

// Of the whole network: how many times faster than the fastest dense one.
std::optional<double> NetworkRatio(const v1::BenchmarkRow* row) {
  if (row == nullptr || row->network().ratios().empty()) return std::nullopt;
  double least = row->network().ratios().begin()->second;
  for (const auto& [peer, ratio] : row->network().ratios()) least = std::min(least, ratio);
  return least;
}

std::string OursText(const v1::BenchmarkRow* row) {
  return row == nullptr ? "-" : Fixed(row->ours_ms(), 3) + (row->noisy() ? "~" : "");
}

std::optional<double> If(bool has, double value) { return has ? std::optional(value) : std::nullopt; }

// The sparsity of the prunable layers that pruning reached: the Winograd step's, else the spatial one's.
std::optional<double> Reached(const v1::TrialResult& result) {
  if (result.has_winograd_sparsity()) return result.winograd_sparsity().reached();
  return If(result.has_spatial_sparsity(), result.spatial_sparsity().reached());
}

// Of the difference of accuracies, in points.
std::string IntervalText(const v1::TrialResult& result) {
  if (!result.has_difference()) return "-";
  return Points(result.difference().low(), 2) + " " + Points(result.difference().high(), 2);
}

// The cells of a trial before those of benchmarks.
std::vector<std::string> TrialCells(const v1::TrialResult& result, bool frontier) {
  const v1::TrialParameters& parameters = result.parameters();
  const std::string m = std::to_string(parameters.tile_size());
  const std::optional<double> drop = AccuracyDrop(result);
  return {frontier ? "*" : "",
          TrialIdOf(result.trial()),
          parameters.tile_size() == 0 ? "-" : "F(" + m + "x" + m + ")",
          Percent(If(parameters.has_spatial_rate(), parameters.spatial_rate()), 0),
          Percent(If(parameters.has_winograd_rate(), parameters.winograd_rate()), 0),
          Percent(If(result.has_accuracy(), result.accuracy()), 2),
          drop ? Points(-*drop / 100, 2) : "-",
          IntervalText(result),
          Percent(Reached(result), 1),
          Percent(If(result.has_network_sparsity(), result.network_sparsity()), 1),
          Percent(If(result.has_multiplications_left(), result.multiplications_left()), 1)};
}

std::vector<std::string> DenseCells(const std::string& name, std::optional<double> accuracy) {
  return {"", name, "-", "-", "-", Percent(accuracy, 2), "", "", "0.0", "0.0", "100.0"};
}

// A dense net that trials are compared with.
struct DenseRow {
  std::string name;
  std::optional<double> accuracy;
};

// One for each seed and each kind of images, and those trained on behind them.
std::vector<DenseRow> DenseRows(const SweepResults& results) {
  std::map<std::string, const v1::TrialResult*> first;  // by what stands behind "dense"
  std::vector<std::string> order;
  for (const v1::TrialResult& result : results.trials) {
    const v1::TrialParameters& parameters = result.parameters();
    const std::string suffix = (parameters.has_seed() ? "-seed" + std::to_string(parameters.seed()) : "") +
                               (IsTestLook(result) ? "-test" : "");
    const auto [at, is_new] = first.emplace(suffix, &result);
    if (is_new) order.push_back(suffix);
    if (!at->second->has_dense_accuracy()) at->second = &result;
  }
  std::vector<DenseRow> rows;
  for (const std::string& suffix : order) {
    const v1::TrialResult& result = *first.at(suffix);
    rows.push_back({"dense" + suffix, If(result.has_dense_accuracy(), result.dense_accuracy())});
    if (result.has_trained_on_accuracy()) rows.push_back({"trained-on" + suffix, result.trained_on_accuracy()});
  }
  return rows;
}

// "onednn-direct" -> "direct": headings take room.
std::string ShortPeer(const std::string& peer) { return peer.starts_with("onednn-") ? peer.substr(7) : peer; }

std::vector<Column> Columns(const BenchmarkColumns& benchmarks, bool wide) {
  // Narrow terminals first lose what the trial's name tells too.
  const auto rank = [wide](int value) { return wide ? 0 : value; };
  std::vector<Column> columns = {{""},
                                 {"trial"},
                                 {"tile", Align::kLeft, false, rank(8)},
                                 {"spatial%", Align::kRight, false, rank(8)},
                                 {"winograd%", Align::kRight, false, rank(8)},
                                 {"accuracy%", Align::kRight},
                                 {"drop", Align::kRight},
                                 {"95% of drop", Align::kRight, false, rank(9)},
                                 {"pruned%", Align::kRight, false, rank(6)},
                                 {"network%", Align::kRight, false, rank(7)},
                                 {"mults%", Align::kRight}};
  if (benchmarks.settings.empty()) return columns;
  if (wide) {
    columns.push_back({"batch", Align::kRight});
    columns.push_back({"threads", Align::kRight});
  }
  columns.push_back({"ours ms", Align::kRight});
  int peer_rank = 1;  // the first peers stay longest
  for (const std::string& peer : benchmarks.peers) {
    if (wide) columns.push_back({peer + " ms", Align::kRight});
    columns.push_back({"x " + (wide ? peer : ShortPeer(peer)), Align::kRight, false, rank(peer_rank)});
    peer_rank = std::min(peer_rank + 1, 5);
  }
  if (benchmarks.network_peers.empty()) return columns;
  if (wide) columns.push_back({"network ms", Align::kRight});
  columns.push_back({"x network", Align::kRight, false, rank(2)});
  return columns;
}

template <typename Rows>
void AddRows(TextTable& table, const std::vector<std::string>& cells, const Rows& rows,
             const BenchmarkColumns& benchmarks, bool wide) {
  for (const BenchmarkSetting& setting : benchmarks.settings) {
    const v1::BenchmarkRow* row = FindRow(rows, setting);
    std::vector<std::string> line = cells;
    if (wide) {
      line.push_back(std::to_string(setting.first));
      line.push_back(std::to_string(setting.second));
    }
    line.push_back(OursText(row));
    for (const std::string& peer : benchmarks.peers) {
      if (wide) line.push_back(Fixed(Lookup(row, &v1::BenchmarkRow::peer_ms, peer), 3));
      line.push_back(Fixed(Lookup(row, &v1::BenchmarkRow::ratios, peer), 2));
    }
    if (!benchmarks.network_peers.empty()) {
      const bool has = row != nullptr && row->has_network();
      if (wide) line.push_back(Fixed(has ? std::optional(row->network().ours_ms()) : std::nullopt, 3));
      line.push_back(Fixed(NetworkRatio(row), 2));
    }
    table.AddRow(std::move(line));
    if (!wide) return;
  }
  if (benchmarks.settings.empty()) table.AddRow(cells);
}

std::string Footnotes(const SweepResults& results, const BenchmarkColumns& benchmarks, bool wide) {
  std::string text =
      "* on the Pareto front of accuracy against multiplications left. drop: points against dense. pruned: zero "
      "Winograd\ncoefficients of the prunable layers; network: of all layers; mults: multiplications left of direct "
      "convolution.\n";
  if (benchmarks.settings.empty()) return text;
  const auto& [batch, threads] = *benchmarks.settings.begin();
  if (!wide) {
    text += "ours ms: prunable layers, batch " + std::to_string(batch) + ", " + Count(threads, "thread") +
            "; x PEER: times faster than it (direct, winograd: oneDNN's)";
    text += benchmarks.settings.size() > 1 ? "; --wide shows all timings.\n" : ".\n";
  }
  if (!benchmarks.network_peers.empty()) {
    text += "x network: the whole network, images to logits, times faster than the fastest dense one.\n";
  }
  const auto noisy = [](const auto& rows) {
    return std::any_of(rows.begin(), rows.end(), [](const v1::BenchmarkRow& row) { return row.noisy(); });
  };
  if (noisy(results.dense_benchmark) ||
      std::any_of(results.trials.begin(), results.trials.end(), [&](const auto& r) { return noisy(r.benchmark()); })) {
    text += "~ the machine was not quiet while this was timed.\n";
  }
  return text;
}

}  // namespace

std::vector<bool> OnFrontier(const SweepResults& results) {
  std::vector<ParetoPoint> points;
  for (const v1::TrialResult& result : results.trials) {
    const bool known = result.has_accuracy() && result.has_multiplications_left() && !IsTestLook(result);
    points.push_back(
        {known ? result.multiplications_left() : std::numeric_limits<double>::quiet_NaN(), result.accuracy()});
  }
  std::vector<bool> on(points.size(), false);
  for (const size_t i : ParetoFront(points)) on[i] = true;
  return on;
}

std::string ResultsTable(const SweepResults& results, bool wide, const Terminal& terminal) {
  const BenchmarkColumns benchmarks(results);
  const std::vector<bool> frontier = OnFrontier(results);
  TextTable table(Columns(benchmarks, wide));
  const bool only_dense = results.trials.size() == 1 && TrialIdOf(results.trials[0].trial()) == "dense";
  if (!only_dense) {
    std::span<const v1::BenchmarkRow> timings = results.dense_benchmark;  // the same for every dense net
    for (const DenseRow& row : DenseRows(results)) {
      AddRows(table, DenseCells(row.name, row.accuracy), timings, benchmarks, wide);
      timings = {};
    }
  }
  for (size_t i = 0; i < results.trials.size(); ++i) {
    const v1::TrialResult& result = results.trials[i];
    AddRows(table, TrialCells(result, frontier[i]), result.benchmark(), benchmarks, wide);
  }
  std::string text = table.Render(terminal);
  for (const v1::TrialResult& result : results.trials) {
    if (!result.benchmark_skipped().empty()) {
      text += TrialIdOf(result.trial()) + " not timed: " + OneLine(result.benchmark_skipped()) + "\n";
    }
    if (result.reason().empty()) continue;
    text += terminal.Red(TrialIdOf(result.trial()) + " " + StateText(result.state())) + ": " +
            OneLine(result.reason()) + "\n";
  }
  return text + SeedSummary(results) + terminal.Dim(Footnotes(results, benchmarks, wide));
}

std::string ResultsCsv(const SweepResults& results) {
  const BenchmarkColumns benchmarks(results);
  std::vector<std::string> headings = {"trial",
                                       "state",
                                       "tile_size",
                                       "spatial_rate",
                                       "winograd_rate",
                                       "dense_accuracy",
                                       "accuracy",
                                       "loss",
                                       "spatial_sparsity",
                                       "winograd_sparsity",
                                       "network_sparsity",
                                       "multiplications_left",
                                       "frontier",
                                       "checkpoint",
                                       "train_images",
                                       "test_images",
                                       "seed",
                                       "images",
                                       "trained_on_accuracy",
                                       "difference_low",
                                       "difference_high",
                                       "difference_p"};
  for (const auto& [batch, threads] : benchmarks.settings) {
    const std::string prefix = "b" + std::to_string(batch) + "_t" + std::to_string(threads) + "_";
    headings.push_back(prefix + "ours_ms");
    for (const std::string& peer : benchmarks.peers) {
      headings.push_back(prefix + peer + "_ms");
      headings.push_back(prefix + peer + "_ratio");
    }
    if (!benchmarks.network_peers.empty()) headings.push_back(prefix + "network_ours_ms");
    for (const std::string& peer : benchmarks.network_peers) headings.push_back(prefix + "network_" + peer + "_ratio");
  }
  // Only where the sweep has several.
  const bool methods = std::any_of(results.trials.begin(), results.trials.end(),
                                   [](const v1::TrialResult& r) { return !r.parameters().method().empty(); });
  if (methods) headings.push_back("method");
  std::string text = CsvLine(headings);
  const std::vector<bool> frontier = OnFrontier(results);
  const auto number = [](std::optional<double> value) { return value ? OutputJson(*value).dump() : std::string(); };
  for (size_t i = 0; i < results.trials.size(); ++i) {
    const v1::TrialResult& r = results.trials[i];
    const v1::TrialParameters& p = r.parameters();
    std::vector<std::string> cells = {ShownName(r.trial()),
                                      StateText(r.state()),
                                      std::to_string(p.tile_size()),
                                      number(If(p.has_spatial_rate(), p.spatial_rate())),
                                      number(If(p.has_winograd_rate(), p.winograd_rate())),
                                      number(If(r.has_dense_accuracy(), r.dense_accuracy())),
                                      number(If(r.has_accuracy(), r.accuracy())),
                                      number(If(r.has_loss(), r.loss())),
                                      number(If(r.has_spatial_sparsity(), r.spatial_sparsity().reached())),
                                      number(If(r.has_winograd_sparsity(), r.winograd_sparsity().reached())),
                                      number(If(r.has_network_sparsity(), r.network_sparsity())),
                                      number(If(r.has_multiplications_left(), r.multiplications_left())),
                                      frontier[i] ? "1" : "0",
                                      ShownName(r.checkpoint()),
                                      std::to_string(r.train_images()),
                                      std::to_string(r.test_images()),
                                      p.has_seed() ? std::to_string(p.seed()) : "",
                                      p.images(),
                                      number(If(r.has_trained_on_accuracy(), r.trained_on_accuracy())),
                                      number(If(r.has_difference(), r.difference().low())),
                                      number(If(r.has_difference(), r.difference().high())),
                                      number(If(r.has_difference(), r.difference().p()))};
    for (const BenchmarkSetting& setting : benchmarks.settings) {
      const v1::BenchmarkRow* row = FindRow(r.benchmark(), setting);
      cells.push_back(number(row == nullptr ? std::nullopt : std::optional(row->ours_ms())));
      for (const std::string& peer : benchmarks.peers) {
        cells.push_back(number(Lookup(row, &v1::BenchmarkRow::peer_ms, peer)));
        cells.push_back(number(Lookup(row, &v1::BenchmarkRow::ratios, peer)));
      }
      const bool has = row != nullptr && row->has_network();
      if (!benchmarks.network_peers.empty()) {
        cells.push_back(number(has ? std::optional(row->network().ours_ms()) : std::nullopt));
      }
      for (const std::string& peer : benchmarks.network_peers) {
        const auto ratio = has ? row->network().ratios().find(peer) : decltype(row->network().ratios().find(peer))();
        cells.push_back(
            number(has && ratio != row->network().ratios().end() ? std::optional(ratio->second) : std::nullopt));
      }
    }
    if (methods) cells.push_back(p.method());
    text += CsvLine(cells);
  }
  return text;
}

}  // namespace winnow::cli
