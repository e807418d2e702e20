#include "client/cli/progress_display.h"

#include <utility>

#include "client/cli/progress_text.h"

namespace winnow::cli {
namespace {

constexpr std::chrono::milliseconds kLeastInterval{100};
constexpr std::chrono::seconds kRedrawEvery{1};

double UnixSeconds(WallTime time) { return static_cast<double>(ToUnixMillis(time)) / 1000; }

}  // namespace

ProgressDisplay::ProgressDisplay(std::ostream* out, std::function<Terminal()> terminal, Clock* clock)
    : out_(out),
      terminal_(std::move(terminal)),
      clock_(clock),
      began_(clock->Now()),
      drawn_at_(began_ - kLeastInterval) {
  if (terminal_().is_terminal) {
    std::lock_guard lock(mutex_);
    Arm();
  }
}

ProgressDisplay::~ProgressDisplay() { Finish(); }

void ProgressDisplay::Arm() {
  timer_ = clock_->After(kRedrawEvery, [this] {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    Draw(false);
    Arm();
  });
}

void ProgressDisplay::Take(const v1::WatchSweepResponse& message) {
  std::lock_guard lock(mutex_);
  const bool first = !progress_.started();
  progress_.Take(message);
  const Terminal terminal = terminal_();
  if (first && progress_.found_ended() > 0) {
    pending_.push_back(std::to_string(progress_.found_ended()) + " of " + std::to_string(progress_.total()) +
                       " stages had been run before and are reused");
  }
  const std::vector<v1::Stage> ended = progress_.TakeEnded();
  int number = progress_.ended() - static_cast<int>(ended.size());
  for (const v1::Stage& stage : ended) {
    ++number;
    // On a terminal the counts tell of success; what went wrong stays to be read.
    if (terminal.is_terminal && stage.state() == v1::STAGE_STATE_SUCCEEDED) continue;
    pending_.push_back(EndedLine(stage, number, progress_.total(), terminal));
  }
  Draw(false);
}

void ProgressDisplay::Note(const std::string& line) {
  std::lock_guard lock(mutex_);
  pending_.push_back(line);
  Draw(true);
}

void ProgressDisplay::Erase(std::string& output) {
  if (drawn_lines_ > 0) output += "\x1b[" + std::to_string(drawn_lines_) + "A\r";
}

void ProgressDisplay::Draw(bool at_once) {
  if (finished_) return;
  const Terminal terminal = terminal_();
  std::string output;
  if (!terminal.is_terminal) {
    for (const std::string& line : std::exchange(pending_, {})) output += line + "\n";
    *out_ << output << std::flush;
    return;
  }
  const SteadyTime now = clock_->Now();
  if (!at_once && now - drawn_at_ < kLeastInterval) return;
  drawn_at_ = now;
  Erase(output);
  for (const std::string& line : std::exchange(pending_, {})) output += line + "\x1b[K\n";
  size_t drawn = 0;
  if (progress_.started()) {
    const double wall = UnixSeconds(clock_->WallNow());
    for (const std::string& line : ProgressLines(progress_, wall - seconds(), wall, terminal)) {
      output += line + "\x1b[K\n";
      ++drawn;
    }
  }
  // Clears what is left of a longer drawing before.
  output += "\x1b[J";
  drawn_lines_ = drawn;
  *out_ << output << std::flush;
}

void ProgressDisplay::Finish() {
  Clock::TimerId timer = 0;
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    std::string output;
    Erase(output);
    for (const std::string& line : std::exchange(pending_, {})) output += line + (drawn_lines_ > 0 ? "\x1b[K\n" : "\n");
    if (drawn_lines_ > 0) output += "\x1b[J";
    *out_ << output << std::flush;
    finished_ = true;
    timer = timer_;
  }
  // Outside the lock: a timer that runs waits for it.
  if (timer != 0) clock_->Cancel(timer);
}

SweepProgress ProgressDisplay::progress() const {
  std::lock_guard lock(mutex_);
  return progress_;
}

double ProgressDisplay::seconds() const { return std::chrono::duration<double>(clock_->Now() - began_).count(); }

}  // namespace winnow::cli
