// Two reports of `winnow bench --format json`, row by row: what `winnow bench compare` decides.
#ifndef WORKER_BENCH_BENCH_COMPARISON_H_
#define WORKER_BENCH_BENCH_COMPARISON_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace winnow::worker {

enum class BenchVerdict { kSame, kFaster, kSlower };
std::string_view BenchVerdictName(BenchVerdict verdict);  // "same", "faster", "slower"

struct RowComparison {
  std::string row;        // "1,64,64,56,56 sparsity 0.63 threads 1 F(4x4,3x3)"
  std::string yardstick;  // the peer by whose time ours was divided round by round, or "ms" for our time as it is
  double before = 0;      // medians, in units of the yardstick
  double after = 0;
  double p = 1;  // MannWhitneyP
  BenchVerdict verdict = BenchVerdict::kSame;

  double Change() const { return before > 0 ? after / before - 1 : 0; }  // 0.1: ten per cent more time
};

struct BenchComparison {
  std::vector<RowComparison> rows;       // in the order of the second report
  std::vector<std::string> only_in_one;  // rows that the other report lacks

  bool Regressed() const;
};

// What counts as a difference: a change of the median by more than `smallest_change` with p below `alpha` divided by
// the number of rows compared (Bonferroni), so that a hundred rows raise no more false alarms than one.
struct ComparisonRules {
  double smallest_change = 0.03;
  double alpha = 0.01;
};

// A row is compared by our time over that of a peer that both reports timed with the same implementation
// (onednn-direct before torch before onednn-winograd), round by round, because then the machine's speed of the moment
// drops out; without such a peer by our time alone, which needs reports of the same machine.
//
// kInvalidArgument     a report that `winnow bench --format json` did not write, or without the rounds' samples
// kFailedPrecondition  no row in common, or different machines and no common peer
Result<BenchComparison> CompareBenches(const Json& before, const Json& after, const ComparisonRules& rules);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_BENCH_COMPARISON_H_
