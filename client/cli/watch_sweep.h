// Watching a sweep to its end: progress on stderr, Ctrl-C, lost coordinators, stages that nobody can run.
#ifndef CLIENT_CLI_WATCH_SWEEP_H_
#define CLIENT_CLI_WATCH_SWEEP_H_

#include <functional>
#include <string>

#include "base/result.h"
#include "client/cli/command_context.h"
#include "client/cli/session.h"
#include "client/cli/sweep_progress.h"

namespace winnow::cli {

struct WatchRequest {
  std::string sweep;  // "sweeps/..."
  // The data set the sweep reads, for telling why it waits; may be empty.
  std::string data_set, data_digest;
  // Whether to give up, with kUnavailable, when nobody can run what is left and nobody else can come; else a note.
  bool give_up_when_stuck = false;
  // Called after a lost local coordinator has been replaced; may be null.
  std::function<Status()> restored;
};

struct WatchOutcome {
  v1::Sweep sweep;  // in its final state
  SweepProgress progress;
  double seconds = 0;
};

// Returns when the sweep has ended, however it did.
//
// Errors   kCancelled     interrupted (context.interrupts)
//          kUnavailable   coordinator lost, a program started here has ended, or stuck
Result<WatchOutcome> WatchToEnd(Session& session, const CommandContext& context, const WatchRequest& request);

// "fashion-mnist succeeded in 4 min 12 s: 34 succeeded", with the reason where there is one.
std::string EndLine(const WatchOutcome& outcome);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_WATCH_SWEEP_H_
