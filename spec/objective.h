// A search for the highest rate within a loss of accuracy, in place of a fixed list of rates.
#ifndef SPEC_OBJECTIVE_H_
#define SPEC_OBJECTIVE_H_

#include <string_view>

namespace winnow::spec {

// What is to be as high as can be. Both grow with the rate.
enum class Maximize { kWorkWeightedSparsity, kSpeed };
std::string_view MaximizeText(Maximize maximize);  // "work_weighted_sparsity", "speed"

// `winnow run` halves the range of rates until it is as narrow as the resolution; the rates of "winograd" come first.
struct Objective {
  double max_accuracy_drop = 0.5;  // [0, 100], percentage points of test accuracy below the dense net
  Maximize maximize = Maximize::kWorkWeightedSparsity;
  double from = 0.3;         // (0, 1), the lowest rate worth having
  double to = 0.95;          // (0, 1), above `from`
  double resolution = 0.02;  // [0.001, 0.5], of rates; those tried are multiples of it above `from`

  friend bool operator==(const Objective&, const Objective&) = default;
};

}  // namespace winnow::spec

#endif  // SPEC_OBJECTIVE_H_
