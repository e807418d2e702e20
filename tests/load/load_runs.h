// What winnow-load measures: a coordinator as a process of its own, synthetic workers in this one.
#ifndef TESTS_LOAD_LOAD_RUNS_H_
#define TESTS_LOAD_LOAD_RUNS_H_

#include <cstdint>
#include <filesystem>

#include "base/json.h"
#include "base/result.h"

namespace winnow::load {

struct LoadOptions {
  std::filesystem::path data;  // of the coordinator; empty or not there
  uint64_t seed = 1;           // of the sweeps: with another one no stage is the same
  int workers = 64;
  int seconds = 20;
  int measurements = 10;  // reported with each stage
  int active = 200;       // RunWorkers: how many of the workers can run something
  int probes = 4;         // RunWorkers: besides, so many that run stages where none is active
  int clients = 256;      // RunStart
  int rounds = 300;       // RunLatency
  int stages = 10000;     // RunOverhead
  int slots = 16;
};

// Durable stage completions: every worker leases, reports a result with measurements at once, and leases again.
Result<Json> RunThroughput(const LoadOptions& options);

// From sending a submission to the arrival of its first lease at a worker that was waiting for it.
Result<Json> RunLatency(const LoadOptions& options);

// Many connected workers that renew and wait, some of which run stages of a second: how long a lease takes, what is
// lost, how much memory the coordinator needs. Where none of them is active a few more are, so that leases are granted.
Result<Json> RunWorkers(const LoadOptions& options);

// Stages of one second on a number of slots: how much longer the whole takes than the stages alone would.
Result<Json> RunOverhead(const LoadOptions& options);

}  // namespace winnow::load

#endif  // TESTS_LOAD_LOAD_RUNS_H_
