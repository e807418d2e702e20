// Where to write the labels of marked points so that they cover neither each other nor the marks.
#ifndef CLIENT_CLI_LABEL_PLACEMENT_H_
#define CLIENT_CLI_LABEL_PLACEMENT_H_

#include <optional>
#include <vector>

namespace winnow::cli {

// y grows downwards, as on screens.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  bool Overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool Holds(const Box& other) const {
    return left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom;
  }
};

struct LabelRequest {
  double x = 0, y = 0;  // the point
  double width = 0, height = 0;
};

// A box for each request, in order, within `frame` and apart from `taken` and each other; the nearest free place round
// the point, or none where there is no free one. Time O(labels x (labels + taken)).
std::vector<std::optional<Box>> PlaceLabels(const std::vector<LabelRequest>& labels, const std::vector<Box>& taken,
                                            const Box& frame);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_LABEL_PLACEMENT_H_
