// How much of a layer can go before the net's accuracy falls, and what that says of its scores
// (science/spatial_winograd_pruning.md sections 2 and 3.2).
//
// Threads    pure functions.
#ifndef WORKER_PRUNING_SENSITIVITY_H_
#define WORKER_PRUNING_SENSITIVITY_H_

#include <functional>
#include <optional>
#include <span>

namespace winnow::worker {

inline constexpr double kSensitivityDrop = 0.1;  // the fall of accuracy that is looked for, absolute

// The rate in [start, 1] at which the accuracy has fallen to `limit`. Looked for by bisection on the grid of rates
// start + (1 - start) k / 20, k = 1 to 19, as if the accuracy fell from each to the next, and between the two that
// enclose it on a straight line; the 19th where it does not fall so far. `full` is the accuracy at `start`, above
// `limit`. Nothing once `accuracy_at` returns nothing; it is asked five times at most.
std::optional<double> RateOfFall(double start, double full, double limit,
                                 const std::function<std::optional<double>(double rate)>& accuracy_at);

// The score below which a share `rate` of the scores lies: of sorted scores that of index floor(rate * n), the largest
// at most; above 0 wherever any score is.
float ScoreAtRate(std::span<const float> scores, double rate);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_SENSITIVITY_H_
