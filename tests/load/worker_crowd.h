// Synthetic workers in numbers.
#ifndef TESTS_LOAD_WORKER_CROWD_H_
#define TESTS_LOAD_WORKER_CROWD_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/load/synthetic_worker.h"

namespace winnow::load {

// Ownership  the destructor ends all calls and waits for them. Borrows the clock.
class WorkerCrowd {
 public:
  WorkerCrowd(Fleet::Options options, Clock* clock) : fleet_(std::move(options)), clock_(clock) {}
  ~WorkerCrowd() { End(); }

  // Adds workers, a few at a time, and waits until all are registered.
  void Add(const std::string& address, const std::string& prefix, int count, bool can_run = true);
  void End();

  Fleet& fleet() { return fleet_; }

 private:
  Fleet fleet_;
  Clock* const clock_;
  std::vector<std::unique_ptr<SyntheticWorker>> workers_;
};

}  // namespace winnow::load

#endif  // TESTS_LOAD_WORKER_CROWD_H_
