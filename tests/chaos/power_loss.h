// Power loss: a scripted run of a coordinator in this process, cut off at every moment at which something becomes
// durable.
#ifndef TESTS_CHAOS_POWER_LOSS_H_
#define TESTS_CHAOS_POWER_LOSS_H_

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "tests/chaos/report.h"

namespace winnow::chaos {

struct PowerLossOptions {
  std::filesystem::path folder;  // empty
  uint64_t seed = 1;
  int trials = 4;
};

// The run: a sweep is submitted and worked off by one worker, with resume points, checkpoints, a failed and a given
// back attempt, a repeated request and a cancelled sweep. At every sync and rename two images of the disk are taken,
// one with exactly what is durable, one with a random part of the rest, and a store is opened on each: it must be whole
// (integrity_check, foreign keys), hold every write that had been acknowledged, and every artifact that it names.
// `kills` of the report counts the moments, each with its two images.
Result<Report> RunPowerLoss(const PowerLossOptions& options);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_POWER_LOSS_H_
