// The runs of winnow-chaos that use real processes: what each does to a cluster.
//
// Errors     kInternal and the like where the run itself could not be done (no program, disk full); what it finds about
//            the coordinator is in the report.
#ifndef TESTS_CHAOS_RUNS_H_
#define TESTS_CHAOS_RUNS_H_

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "tests/chaos/report.h"

namespace winnow::chaos {

struct RunOptions {
  std::filesystem::path bin;     // with the programs of preset chaos
  std::filesystem::path folder;  // empty
  uint64_t seed = 1;
  int trials = 1000;
  int workers = 4;
  bool is_quiet = false;  // no progress on stderr
};

// kill -9 at random moments, 3 of 10 of the coordinator, else of a worker that holds a lease. Void: fewer kills than
// asked for, under 20 acknowledged completions between two kills, a kill that found no live lease.
Result<Report> RunKills(const RunOptions& options, int kills);

// Every failpoint that kills, at least `fires` times each. Void: one that fired less often.
Result<Report> RunFailpoints(const RunOptions& options, int fires);

// The coordinator carries out every mutating call and loses the reply of a share of them.
Result<Report> RunLostReplies(const RunOptions& options, double share);

// Workers are stopped past their leases, and continued; besides, results under passed leases are reported by hand.
// Void: a report that was not late.
Result<Report> RunFencing(const RunOptions& options, int rounds);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_RUNS_H_
