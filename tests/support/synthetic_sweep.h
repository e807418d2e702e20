// Sweeps that cost nothing to run and have the graph of real ones, and the data set that they name: for the chaos and
// load tests.
#ifndef TESTS_SUPPORT_SYNTHETIC_SWEEP_H_
#define TESTS_SUPPORT_SYNTHETIC_SWEEP_H_

#include <filesystem>
#include <string>

#include "base/result.h"

namespace winnow::testing {

// Makes files under `root` that stand for the data set fashion-mnist; returns their digest.
Result<std::string> MakeDataSet(const std::filesystem::path& root);

// Both tile sizes, every spatial rate pruned from the dense net, every Winograd rate from its spatial one:
// 2 * spatial * winograd trials.
struct SyntheticSweep {
  std::string name;
  int seed = 1;  // another one makes every stage another one
  int spatial = 1;
  int winograd = 1;
  std::string data_digest;

  int trials() const { return 2 * spatial * winograd; }
  std::string Spec() const;
};

inline constexpr int kMaxRates = 64;  // in one direction

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_SYNTHETIC_SWEEP_H_
