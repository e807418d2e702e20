// Deterministic simulation: a coordinator over a store in memory on a clock that is turned by hand, with workers, users
// and faults that follow from a seed. One step at a time, each finished before the next begins: the same seed takes the
// same course.
//
// Faults: workers die and come back as zombies with late reports; replies are lost and requests repeated; commits fail,
// or succeed and say that they failed; the coordinator is started anew; time jumps past leases; sweeps are paused,
// cancelled and retried.
#ifndef TESTS_CHAOS_SIMULATION_H_
#define TESTS_CHAOS_SIMULATION_H_

#include <cstdint>
#include <vector>

#include "tests/chaos/history_checker.h"

namespace winnow::chaos {

struct SimulationOutcome {
  std::vector<Finding> findings;
  int64_t operations = 0;
  int64_t completions = 0;  // acknowledged
  int64_t faults = 0;       // injected
  int64_t leases_lost = 0;
};

// `steps` random steps, then whatever it takes to let all sweeps end undisturbed, then the check.
SimulationOutcome Simulate(uint64_t seed, int steps);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_SIMULATION_H_
