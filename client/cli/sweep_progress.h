// How far a sweep is, as told by the messages of WatchSweep.
#ifndef CLIENT_CLI_SWEEP_PROGRESS_H_
#define CLIENT_CLI_SWEEP_PROGRESS_H_

#include <map>
#include <string>
#include <vector>

#include "client/cli/coordinator.h"

namespace winnow::cli {

// Pure: time comes with the messages. Threads: one at a time.
class SweepProgress {
 public:
  // Takes a message in. A stage that goes back to waiting (its worker was lost) counts as waiting again.
  void Take(const v1::WatchSweepResponse& message);

  bool started() const { return started_; }
  const v1::Sweep& sweep() const { return sweep_; }

  // Stages being run, in the order in which they began to.
  std::vector<const v1::Stage*> Running() const;
  // Stages that are queued and have a reason: nobody can run them now.
  std::vector<const v1::Stage*> Stuck() const;
  const v1::Stage* Find(const std::string& name) const;

  // Stages that have ended since the last call, without those that had ended before the first message.
  std::vector<v1::Stage> TakeEnded();

  int total() const { return static_cast<int>(stages_.size()); }
  int ended() const;
  int running() const { return static_cast<int>(Running().size()); }
  int waiting() const { return total() - ended() - running(); }
  // Stages that had ended before the first message, and those that have succeeded since.
  int found_ended() const { return found_ended_; }
  int succeeded_since() const { return succeeded_since_; }

 private:
  std::map<std::string, v1::Stage> stages_;
  std::vector<std::string> began_;  // names, in the order in which they were first seen running
  std::vector<v1::Stage> newly_ended_;
  v1::Sweep sweep_;
  bool started_ = false;
  int found_ended_ = 0;
  int succeeded_since_ = 0;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_SWEEP_PROGRESS_H_
