// Which ready stage goes to which waiting worker, now.
//
// A pure function: the ready queues and a snapshot of the workers come in, assignments go out, nothing is kept. Called
// after every event that could change the answer, and once a second, since ageing changes it too.
//
// Order     priority, where each minute since its submission counts a sweep as one point more (kPriorityPointMs), then
//           the oldest sweep; within a sweep train, spatial_prune, winograd_prune, evaluate, benchmark
//           (the long way to the end first), where each `ageing` of waiting counts as one kind up, so that evaluations
//           get their turn beside a long ladder; within a kind the longest way down, then the graph's order.
// Quotas    a user whose stages hold `user_quota` leases gets no other; stages of nobody have no quota.
// Holding   a stage that has waited `reserve_after` and fits nowhere holds the roomiest worker that could run it:
//           stages behind it in the order are not placed there, so a large stage is not starved by small ones.
// Quiet     an exclusive stage runs alone on its host. It begins where nothing runs and nothing else could begin; a
//           host where one ran goes on with exclusive stages up to `batch_limit` (a batch). One that has waited
//           `exclusive_after`, or stands above everything else in priority, stops new leases on one host until that
//           is quiet.
#ifndef SERVER_SCHEDULER_DECIDE_H_
#define SERVER_SCHEDULER_DECIDE_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/scheduler/ready_queues.h"
#include "server/scheduler/requirement.h"

namespace winnow::server {

// A live worker at this moment.
struct WorkerRoom {
  const WorkerRecord* record = nullptr;
  int free_threads = 0;
  int64_t free_memory_bytes = 0;
  int waiting_calls = 0;  // each takes one assignment
};

// What runs on a host, over all its workers.
struct HostLoad {
  int running = 0;  // leases, exclusive ones included
  bool exclusive_running = false;
  std::optional<SteadyTime> batch_since =
      std::nullopt;  // first of the exclusive stages that ran there with no other between
};

struct SchedulerRules {
  Duration ageing = std::chrono::seconds(60);
  Duration reserve_after = std::chrono::seconds(120);
  Duration exclusive_after = std::chrono::minutes(5);
  Duration batch_limit = std::chrono::minutes(10);
  int user_quota = 0;  // leases a user may hold at once; 0: any number
  // After a failure that is no fault of the stage's a stage waits so long, twice as long after each further one, at
  // most `longest_retry_delay`.
  Duration first_retry_delay = std::chrono::seconds(1);
  Duration longest_retry_delay = std::chrono::seconds(60);
  // A worker on which so many different stages have failed so in a row is leased nothing for `exclusion`.
  int faults_to_exclude = 5;
  Duration exclusion = std::chrono::minutes(5);
};

struct Assignment {
  std::string stage;   // key
  std::string worker;  // id

  friend bool operator==(const Assignment&, const Assignment&) = default;
};

// Whether what others than the asking workers have free can change a decision among these: as the quietest host for an
// exclusive stage, or because one that asks may have to be held for a stage which has waited long, being the roomiest
// of all. Then Decide is to be given all live workers, else those that ask will do.
bool NeedsAllWorkers(const ReadyQueues& ready, const std::vector<WorkerRoom>& asking, SteadyTime now,
                     const SchedulerRules& rules);

// At most one assignment a waiting call and a stage, in the order in which they were decided. `hosts` may leave out
// idle ones.
// `leases_of_user` counts those that run, by user.
std::vector<Assignment> Decide(const ReadyQueues& ready, std::vector<WorkerRoom> workers,
                               const std::map<std::string, HostLoad>& hosts, SteadyTime now,
                               const SchedulerRules& rules, std::map<std::string, int> leases_of_user = {});

// How long a stage waits before the next attempt, after so many that failed.
Duration RetryDelay(const SchedulerRules& rules, int failed_attempts);

}  // namespace winnow::server

#endif  // SERVER_SCHEDULER_DECIDE_H_
