#include "worker/bench/bench_comparison.h"

#include <algorithm>
#include <map>
#include <utility>

#include "worker/bench/mann_whitney.h"
#include "worker/bench/spread.h"

namespace winnow::worker {
namespace {

constexpr const char* kYardsticks[] = {"onednn-direct", "torch", "onednn-winograd"};

std::string RowName(const Json& row) {
  std::string name;
  for (const Json& size : row.at("layer")) name += (name.empty() ? "" : ",") + size.dump();
  return name + " sparsity " + row.at("sparsity").dump() + " threads " + row.at("threads").dump() + " " +
         row.at("variant").get<std::string>();
}

std::vector<double> Samples(const Json& timed) { return timed.at("samples").get<std::vector<double>>(); }

// The first of kYardsticks that both rows timed the same way.
const char* CommonPeer(const Json& before, const Json& after) {
  for (const char* name : kYardsticks) {
    const Json a = before.at("peers").value(name, Json()), b = after.at("peers").value(name, Json());
    if (a.is_object() && b.is_object() && a.at("implementation") == b.at("implementation")) return name;
  }
  return nullptr;
}

std::vector<double> Measured(const Json& row, const char* peer) {
  std::vector<double> values = Samples(row.at("ours_ms"));
  if (peer == nullptr) return values;
  const std::vector<double> theirs = Samples(row.at("peers").at(peer));
  values.resize(std::min(values.size(), theirs.size()));
  for (size_t i = 0; i < values.size(); ++i) values[i] /= theirs[i];
  return values;
}

Result<RowComparison> CompareRow(const Json& before, const Json& after, bool same_machine) {
  RowComparison row;
  row.row = RowName(after);
  const char* peer = CommonPeer(before, after);
  if (peer == nullptr && !same_machine) {
    return Err(FailedPrecondition(row.row + ": the reports are of different machines and share no peer to measure by; "
                                            "time again with --peers onednn-direct"));
  }
  row.yardstick = peer != nullptr ? peer : "ms";
  const std::vector<double> a = Measured(before, peer), b = Measured(after, peer);
  if (a.empty() || b.empty()) return Err(InvalidArgument(row.row + ": no samples"));
  row.before = Summarise(a).median;
  row.after = Summarise(b).median;
  row.p = MannWhitneyP(a, b);
  return row;
}

std::map<std::string, const Json*> ByName(const Json& report) {
  std::map<std::string, const Json*> rows;
  for (const Json& row : report.at("rows")) rows.emplace(RowName(row), &row);
  return rows;
}

Result<BenchComparison> Compare(const Json& before, const Json& after, const ComparisonRules& rules) {
  BenchComparison comparison;
  const bool same_machine = before.at("fingerprint") == after.at("fingerprint");
  std::map<std::string, const Json*> earlier = ByName(before);
  for (const Json& row : after.at("rows")) {
    const auto found = earlier.find(RowName(row));
    if (found == earlier.end()) {
      comparison.only_in_one.push_back(RowName(row));
      continue;
    }
    WINNOW_ASSIGN_OR_RETURN(RowComparison compared, CompareRow(*found->second, row, same_machine));
    comparison.rows.push_back(std::move(compared));
    earlier.erase(found);
  }
  for (const auto& [name, row] : earlier) comparison.only_in_one.push_back(name);
  if (comparison.rows.empty()) return Err(FailedPrecondition("the two reports have no row in common"));
  for (RowComparison& row : comparison.rows) {
    if (row.p >= rules.alpha / static_cast<double>(comparison.rows.size())) continue;
    if (row.Change() > rules.smallest_change) row.verdict = BenchVerdict::kSlower;
    if (row.Change() < -rules.smallest_change) row.verdict = BenchVerdict::kFaster;
  }
  return comparison;
}

}  // namespace

std::string_view BenchVerdictName(BenchVerdict verdict) {
  switch (verdict) {
    case BenchVerdict::kSame:
      return "same";
    case BenchVerdict::kFaster:
      return "faster";
    case BenchVerdict::kSlower:
      return "slower";
  }
  return "";
}

bool BenchComparison::Regressed() const {
  return std::any_of(rows.begin(), rows.end(),
                     [](const RowComparison& row) { return row.verdict == BenchVerdict::kSlower; });
}

Result<BenchComparison> CompareBenches(const Json& before, const Json& after, const ComparisonRules& rules) {
  try {
    return Compare(before, after, rules);
  } catch (const Json::exception& error) {
    return Err(
        InvalidArgument(std::string("not a report of `winnow bench --format json` of this version: ") + error.what()));
  }
}

}  // namespace winnow::worker
