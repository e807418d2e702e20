// A scale of a chart: a range with ticks at round numbers.
#ifndef CLIENT_CLI_AXIS_H_
#define CLIENT_CLI_AXIS_H_

#include <string>
#include <vector>

namespace winnow::cli {

struct Axis {
  double low = 0;  // < high
  double high = 1;
  std::vector<double> ticks;  // rising, within [low, high]
  int digits = 0;             // behind the point that tell the ticks apart

  // 0 at low, 1 at high; outside of [0, 1] for values outside.
  double Share(double value) const { return (value - low) / (high - low); }
  std::string Label(double tick) const;
};

// The range of `low`..`high` widened by `margin` of its length on both sides (a range of length 0 by something), with
// about `wanted` ticks (at least 2) at multiples of 1, 2, 2.5 or 5 times a power of ten.
Axis MakeAxis(double low, double high, double margin, int wanted);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_AXIS_H_
