// Which trials no other trial beats.
#ifndef CLIENT_CLI_PARETO_H_
#define CLIENT_CLI_PARETO_H_

#include <cstddef>
#include <vector>

namespace winnow::cli {

struct ParetoPoint {
  double cost = 0;      // less is better
  double accuracy = 0;  // more is better
};

// Indexes of the points that no other one dominates (is at least as good in both, better in one), by rising cost, equal
// points in their given order. Points with a value that is not finite are left out. Time O(n log n).
std::vector<size_t> ParetoFront(const std::vector<ParetoPoint>& points);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_PARETO_H_
