#include "client/cli/pareto.h"

#include <algorithm>
#include <cmath>

namespace winnow::cli {

std::vector<size_t> ParetoFront(const std::vector<ParetoPoint>& points) {
  std::vector<size_t> order;
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::isfinite(points[i].cost) && std::isfinite(points[i].accuracy)) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (points[a].cost != points[b].cost) return points[a].cost < points[b].cost;
    return points[a].accuracy > points[b].accuracy;
  });
  std::vector<size_t> front;
  for (const size_t i : order) {
    // Everything cheaper comes before, so the last one taken is the most accurate so far.
    const ParetoPoint* best = front.empty() ? nullptr : &points[front.back()];
    const bool more_accurate = best == nullptr || points[i].accuracy > best->accuracy;
    const bool equal = best != nullptr && points[i].accuracy == best->accuracy && points[i].cost == best->cost;
    if (more_accurate || equal) front.push_back(i);
  }
  return front;
}

}  // namespace winnow::cli
