// Shows a sweep's progress while it runs: bars redrawn in place on a terminal, else one line for each stage that ends.
//
// Time       redraws at most ten times a second, and once a second where nothing happens.
// Layout     a redraw is one write, every line cleared only behind its end, so nothing flickers.
// Ownership  borrows stream and clock for its life.
// Threads    safe for concurrent use.
#ifndef CLIENT_CLI_PROGRESS_DISPLAY_H_
#define CLIENT_CLI_PROGRESS_DISPLAY_H_

#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/cli/sweep_progress.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

class ProgressDisplay {
 public:
  // `terminal` is asked before every redraw, since windows change their size.
  ProgressDisplay(std::ostream* out, std::function<Terminal()> terminal, Clock* clock);
  // Calls Finish().
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void Take(const v1::WatchSweepResponse& message);
  // A line that stays, above the bars.
  void Note(const std::string& line);
  // Takes the bars away. Nothing is drawn afterwards.
  void Finish();

  // A copy, for reading the counts.
  SweepProgress progress() const;
  double seconds() const;

 private:
  // With mutex_ held.
  void Draw(bool at_once);
  void Erase(std::string& output);
  void Arm();

  std::ostream* const out_;
  const std::function<Terminal()> terminal_;
  Clock* const clock_;
  const SteadyTime began_;

  mutable std::mutex mutex_;
  SweepProgress progress_;
  std::vector<std::string> pending_;  // lines that stay, not written yet
  size_t drawn_lines_ = 0;
  SteadyTime drawn_at_;
  Clock::TimerId timer_ = 0;
  bool finished_ = false;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_PROGRESS_DISPLAY_H_
