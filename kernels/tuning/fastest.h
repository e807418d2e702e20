// Which of several candidates is the fastest: from timings alone, whoever took them.
#ifndef KERNELS_TUNING_FASTEST_H_
#define KERNELS_TUNING_FASTEST_H_

#include <cstddef>
#include <span>
#include <vector>

namespace winnow::kernels {

// A candidate's times, one a round, in any unit; fewer than the others' once it is out of the race. Candidate 0 is the
// one that is kept unless another is faster.
using Samples = std::vector<double>;

// Candidates with fewer samples cannot win.
inline constexpr size_t kLeastRounds = 3;
// Candidate 0 stays unless the fastest takes less by more than this share of its time.
inline constexpr double kNearTie = 0.02;
// A candidate whose best sample is above the lowest median by this share of it, after two rounds, has lost.
inline constexpr double kClearLoss = 0.2;

// The candidates worth another round, ascending: always the one with the lowest median. Judged by the best sample, so
// that an interruption drops nobody.
std::vector<size_t> StillInTheRace(std::span<const Samples> candidates);

// The index of the candidate with the lowest median, or 0 for near ties and where nobody can win.
size_t FastestOf(std::span<const Samples> candidates);

// The mean of the middle two for even counts; infinity of none.
double MedianOf(Samples samples);

}  // namespace winnow::kernels

#endif  // KERNELS_TUNING_FASTEST_H_
