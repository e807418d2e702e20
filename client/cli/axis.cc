#include "client/cli/axis.h"

#include <algorithm>
#include <cmath>

#include "client/cli/number_text.h"

namespace winnow::cli {
namespace {

struct Step {
  double size;
  int digits;
};

// The round number next to `rough` (> 0) in ratio.
Step RoundStep(double rough) {
  const double power = std::floor(std::log10(rough));
  const double unit = std::pow(10.0, power);
  Step best{unit, 0};
  double best_distance = 1e9;
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    const double distance = std::abs(std::log(factor * unit / rough));
    if (distance < best_distance) {
      best_distance = distance;
      const int decimals = -static_cast<int>(power) + (factor == 2.5 ? 1 : factor == 10.0 ? -1 : 0);
      best = {factor * unit, std::max(decimals, 0)};
    }
  }
  return best;
}

}  // namespace

std::string Axis::Label(double tick) const { return Fixed(tick, digits); }

Axis MakeAxis(double low, double high, double margin, int wanted) {
  Axis axis;
  if (low > high) std::swap(low, high);
  const double length = high - low;
  const double widen = length > 0 ? length * margin : std::max(std::abs(low) * 0.05, 1e-3);
  axis.low = low - widen;
  axis.high = high + widen;
  const Step step = RoundStep((axis.high - axis.low) / std::max(wanted, 2));
  axis.digits = step.digits;
  const double first = std::ceil(axis.low / step.size - 1e-9);
  for (double n = first; n * step.size <= axis.high + step.size * 1e-9; ++n) axis.ticks.push_back(n * step.size);
  return axis;
}

}  // namespace winnow::cli
