// winnow-simulate: deterministic simulations of the coordinator, one a seed; a seed that finds something is told, so
// that it can be run again alone.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/logging.h"
#include "tests/chaos/simulation.h"

int main(int argc, char** argv) {
  using namespace winnow::chaos;  // NOLINT: all there is
  CLI::App app("winnow-simulate: a coordinator on a virtual clock, with faults that follow from a seed",
               "winnow-simulate");
  uint64_t first = 1;
  int64_t count = 100;
  int steps = 400;
  app.add_option("--seed", first, "the first seed")->capture_default_str();
  app.add_option("--seeds", count, "how many seeds, one after the other")->capture_default_str();
  app.add_option("--steps", steps, "disturbed steps of each")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  winnow::InitLogging("winnow-simulate", "off");
  SimulationOutcome all;
  int64_t bad_seeds = 0;
  for (uint64_t seed = first; seed < first + static_cast<uint64_t>(count); ++seed) {
    const SimulationOutcome outcome = Simulate(seed, steps);
    all.operations += outcome.operations;
    all.completions += outcome.completions;
    all.faults += outcome.faults;
    all.leases_lost += outcome.leases_lost;
    if (outcome.findings.empty()) continue;
    ++bad_seeds;
    std::cout << "seed " << seed << ": " << outcome.findings.size()
              << " findings, the first: " << outcome.findings.front().text << std::endl;
  }
  std::cout << count << " seeds from " << first << ", " << steps << " steps each: " << all.operations << " operations, "
            << all.completions << " completions acknowledged, " << all.faults << " faults, " << all.leases_lost
            << " leases lost; " << bad_seeds << " seeds with findings" << std::endl;
  return bad_seeds == 0 ? 0 : 1;
}
