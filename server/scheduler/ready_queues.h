// The stages that may run now, kept in the order in which they should.
//
// One queue a requirement: the scheduler looks at the heads alone, since what cannot be placed for its requirement
// hides nobody behind it who could. Adding and removing cost the logarithm of the queue's length.
#ifndef SERVER_SCHEDULER_READY_QUEUES_H_
#define SERVER_SCHEDULER_READY_QUEUES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "server/scheduler/requirement.h"

namespace winnow::server {

struct ReadyStage {
  std::string key;
  int priority = 0;          // of the live sweep for which it runs soonest; higher is sooner
  int64_t submit_ms = 0;     // when that sweep was submitted, wall time; lower is sooner
  int64_t sweep_order = 0;   // of that sweep; lower is sooner
  int path_length = 1;       // stages on the longest way down from here, itself included; longer is sooner
  int64_t graph_order = 0;   // place in the sweep's graph; lower is sooner
  SteadyTime ready_since{};  // of this coordinator's clock

  friend bool operator==(const ReadyStage&, const ReadyStage&) = default;
};

// So much waiting is worth a point of priority: a sweep is overtaken by a more important one only for so long. It is
// the same for all that wait, so the order of two sweeps never changes while they do.
inline constexpr int64_t kPriorityPointMs = 60 * 1000;

// Where a stage's sweep stands among others by priority and age; lower is sooner.
inline int64_t DueMs(const ReadyStage& stage) { return stage.submit_ms - stage.priority * kPriorityPointMs; }

// By priority and age of the sweep, length of the way down, place in the graph.
struct RunsSooner {
  bool operator()(const ReadyStage& a, const ReadyStage& b) const;
};

// Threads: one at a time.
class ReadyQueues {
 public:
  using Queue = std::set<ReadyStage, RunsSooner>;

  // A key that is there already gets the new place.
  void Put(const Requirement& requirement, ReadyStage stage);
  // Nothing happens where the key is not there.
  void Remove(const std::string& key);

  // Null where the key is not there. Valid until the next change.
  const ReadyStage* Find(const std::string& key) const;
  const Requirement* FindRequirement(const std::string& key) const;

  size_t size() const { return places_.size(); }
  // None of the queues is empty.
  const std::map<Requirement, Queue>& queues() const { return queues_; }

 private:
  struct Place {
    std::map<Requirement, Queue>::iterator queue;
    Queue::iterator stage;
  };

  std::map<Requirement, Queue> queues_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace winnow::server

#endif  // SERVER_SCHEDULER_READY_QUEUES_H_
