#include "client/cli/label_placement.h"

#include <algorithm>
#include <array>

namespace winnow::cli {
namespace {

// Sides of the point in the order of liking; the label's centre lies that far off, in halves of its size plus a gap.
constexpr std::array<std::array<double, 2>, 8> kSides = {
    {{1, -1}, {-1, -1}, {1, 1}, {-1, 1}, {1, 0}, {-1, 0}, {0, -1}, {0, 1}}};
constexpr std::array<double, 4> kGaps = {5, 12, 22, 34};

bool IsFree(const Box& box, const std::vector<Box>& taken) {
  return std::none_of(taken.begin(), taken.end(), [&box](const Box& other) { return box.Overlaps(other); });
}

std::optional<Box> Place(const LabelRequest& label, const std::vector<Box>& taken, const Box& frame) {
  for (const double gap : kGaps) {
    for (const auto& [dx, dy] : kSides) {
      const double x = label.x + dx * (label.width / 2 + gap);
      const double y = label.y + dy * (label.height / 2 + gap);
      const Box box{x - label.width / 2, y - label.height / 2, x + label.width / 2, y + label.height / 2};
      if (frame.Holds(box) && IsFree(box, taken)) return box;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::optional<Box>> PlaceLabels(const std::vector<LabelRequest>& labels, const std::vector<Box>& taken,
                                            const Box& frame) {
  std::vector<Box> occupied = taken;
  std::vector<std::optional<Box>> placed;
  for (const LabelRequest& label : labels) {
    placed.push_back(Place(label, occupied, frame));
    if (placed.back()) occupied.push_back(*placed.back());
  }
  return placed;
}

}  // namespace winnow::cli
