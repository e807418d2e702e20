// How the counts of stages of sweeps move within a commit: gathered, so that a sweep's rows are written once a commit
// and not with every stage that moves.
//
// Threads    one at a time: the commit thread.
#ifndef SERVER_STORE_COUNT_CHANGES_H_
#define SERVER_STORE_COUNT_CHANGES_H_

#include <cstdint>
#include <map>
#include <utility>

#include "server/domain/stage_state.h"

namespace winnow::server {

// Sweeps go by their number in the database. A sweep that is there at all has changed.
class CountChanges {
 public:
  using BySweep = std::map<int64_t, StageCounts>;  // what is to be added; below 0: taken away

  // In the running transaction.
  void Add(int64_t sweep, StageState state) { ++running_[sweep][state]; }
  void Move(int64_t sweep, StageState from, StageState to) {
    StageCounts& counts = running_[sweep];
    --counts[from];
    ++counts[to];
  }

  // The running transaction has ended well, or has been undone.
  void Keep() {
    for (const auto& [sweep, counts] : running_) AddTo(counts, kept_[sweep]);
    running_.clear();
  }
  void Drop() { running_.clear(); }

  // Adds what is gathered of a sweep, the running transaction included. Whether there is anything.
  bool AddTo(int64_t sweep, StageCounts& counts) const {
    bool any = false;
    for (const BySweep* const changes : {&kept_, &running_}) {
      const auto it = changes->find(sweep);
      if (it == changes->end()) continue;
      any = true;
      AddTo(it->second, counts);
    }
    return any;
  }

  // What was kept, for the commit; nothing is left.
  BySweep Take() { return std::exchange(kept_, {}); }

 private:
  static void AddTo(const StageCounts& changes, StageCounts& counts) {
    for (const StageState state : kStageStates) counts[state] += changes[state];
  }

  BySweep kept_;
  BySweep running_;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_COUNT_CHANGES_H_
