// How soon each stage of a live sweep should run: what the ready queues are ordered by.
//
// In memory, made from the graphs of the live sweeps. A stage that several sweeps need has the place in which it runs
// soonest.
//
// Threads    one at a time (under the coordinator's mutex).
#ifndef SERVER_COORDINATOR_OUTLOOK_H_
#define SERVER_COORDINATOR_OUTLOOK_H_

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "server/domain/sweep.h"
#include "server/scheduler/ready_queues.h"

namespace winnow::server {

// A stage in a sweep's graph.
struct GraphNode {
  std::string key;
  std::vector<std::string> parents;
  int64_t position = 0;
};

class Outlook {
 public:
  // `nodes` come parents before children. A sweep that is there already gets the new graph.
  void AddSweep(const Sweep& sweep, const std::vector<GraphNode>& nodes);
  // Nothing happens where it is not there.
  void RemoveSweep(const std::string& id);
  // Likewise.
  void SetPaused(const std::string& id, bool paused);

  // Whether all live sweeps that need the stage are paused.
  bool IsPaused(const std::string& key) const;
  // Of the sweep for which it runs soonest; "" for nobody.
  std::string UserOf(const std::string& key) const;
  // Stages of a sweep; none where it is not there.
  std::vector<std::string> StagesOf(const std::string& id) const;

  // The live sweeps that need a stage.
  std::set<std::string> SweepsOf(const std::string& key) const;

  // What the scheduler orders by. Of a stage that no live sweep needs: as if of the youngest and least important one.
  ReadyStage Of(const std::string& key, SteadyTime ready_since) const;

 private:
  struct Place {
    std::string sweep;
    int priority = 0;
    int64_t submit_ms = 0;
    int64_t sweep_order = 0;
    int path_length = 1;
    int64_t position = 0;
  };
  struct LiveSweep {
    std::vector<std::string> keys;
    std::string user;
    bool paused = false;
  };

  static ReadyStage AsReady(const std::string& key, const Place& place, SteadyTime ready_since);
  const Place* Soonest(const std::string& key) const;

  std::unordered_map<std::string, std::vector<Place>> places_;  // by key
  std::map<std::string, LiveSweep> sweeps_;                     // by id
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_OUTLOOK_H_
