// Whether one set of timings lies higher than another, without assuming how they are distributed.
#ifndef WORKER_BENCH_MANN_WHITNEY_H_
#define WORKER_BENCH_MANN_WHITNEY_H_

#include <span>

namespace winnow::worker {

// The two-sided p-value of the Mann-Whitney U test: how likely samples that lie at least as far apart in rank are when
// both come from one distribution. By the normal approximation with continuity and tie corrections (Mann and Whitney
// 1947), good from about eight values each; 1 where a set is empty or all values are equal.
double MannWhitneyP(std::span<const double> a, std::span<const double> b);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_MANN_WHITNEY_H_
