// What follows from a change of a stage, within the transaction that makes it: children go on or fail with it, and the
// trials and sweeps that stand on it get their states.
//
//   GraphWalk walk(&writer, now, &effects);
//   for each stage just written:  WINNOW_RETURN_IF_ERROR(walk.Follow(stage));
//   WINNOW_RETURN_IF_ERROR(walk.Settle());
#ifndef SERVER_COORDINATOR_GRAPH_WALK_H_
#define SERVER_COORDINATOR_GRAPH_WALK_H_

#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/coordinator/effects.h"
#include "server/store/store_writer.h"

namespace winnow::server {

// What a user reads of a stage that failed: its label and reason, or, where it failed with its parent, the parent's.
std::string FailureText(const Stage& stage);

// Threads    on the store's commit thread, within one transaction.
// Errors     the store's.
class GraphWalk {
 public:
  // Borrows both, which outlive it.
  GraphWalk(StoreWriter* writer, WallTime now, Effects* effects) : writer_(writer), now_(now), effects_(effects) {}

  // `stage` has been written in the state it has here.
  //   SUCCEEDED  a BLOCKED child whose parents have all succeeded is QUEUED
  //   FAILED     every BLOCKED descendant is FAILED, with a reason that names this stage
  //   CANCELLED  if a sweep submitted meanwhile needs it, it is QUEUED again
  Status Follow(const Stage& stage);

  // A sweep got trials or stages, which may all have been there before: Settle looks at every trial of it.
  void FollowSweep(const std::string& id) { whole_sweeps_.insert(id); }

  // Derives and writes the states of all trials and sweeps that the followed stages are part of. Once, at the end.
  Status Settle();

  // Whether a RUNNING sweep other than `but` needs the stage.
  Result<bool> IsNeeded(const std::string& key, const std::string& but = "") const;

 private:
  Status QueueReadyChildren(const Stage& parent);
  Status FailDescendants(const Stage& root);
  Result<bool> AllSucceeded(const std::vector<std::string>& keys) const;
  Result<std::vector<Trial>> TrialsToSettle() const;
  Result<std::set<std::string>> SweepsToSettle() const;
  Status SettleTrial(Trial trial, const Sweep& sweep);
  Status SettleSweep(Sweep sweep);
  Result<std::string> WhyFailed(const Sweep& sweep, const TrialTally& trials) const;

  StoreWriter* const writer_;
  const WallTime now_;
  Effects* const effects_;
  std::set<std::string> stages_;        // keys that Settle has to look at
  std::set<std::string> whole_sweeps_;  // ids likewise
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_GRAPH_WALK_H_
