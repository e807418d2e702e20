// The event lines of a stage executor (docs/formats.md section 4), from this process to the agent that reads them.
//
// Layout     one JSON object a line, members ordered by name; a line leaves in one write and is never interleaved with
//            another, whatever threads report.
// Time       progress lines are let through at most four times a second, by the clock given; the one that says
//            done == total always is.
// Durability none here: files named in a line are whole and synced before the line is written, by the caller.
// Ownership  borrows descriptor and clock for its life.
// Threads    safe for concurrent use.
// Errors     a line that cannot be written (pipe gone, disk full) makes failed() true; later lines are dropped.
#ifndef WORKER_STAGE_EVENT_WRITER_H_
#define WORKER_STAGE_EVENT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"

namespace winnow::worker {

struct StartedEvent {
  std::string numerics_class;
  int64_t resumed_epoch = 0;  // whole epochs done before this attempt; 0 = from the start
  std::string restarted_because =
      {};  // why an offered resume point was not used; empty where it was, or there was none
};

class EventWriter {
 public:
  // The longest line an agent takes, newline included.
  static constexpr size_t kMaxLineBytes = size_t{1} << 20;
  static constexpr std::chrono::milliseconds kProgressInterval{250};

  EventWriter(int fd, const Clock* clock) : fd_(fd), clock_(clock) {}
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  void Started(const StartedEvent& event);
  // `unit` is "epochs", "images" or "rows"; `note` is for people and may be empty.
  void Progress(double done, double total, std::string_view unit, std::string_view note);
  // `value` must be finite: JSON has no other numbers. A non-finite one is not written.
  void Measurement(std::string_view name, int64_t step, double value);
  // `path` is relative to the output folder.
  void ResumePoint(std::string_view path, int64_t epoch);
  void Artifact(std::string_view name, std::string_view path, std::string_view media_type);
  // The last line of a stage that succeeded. kOutOfRange when it would be longer than kMaxLineBytes: nothing is
  // written.
  Status Result(const Json& values);
  // The last line of one that failed. Over-long messages lose their middle.
  void Error(const Status& status, bool retryable);

  // Whether Started() has been called.
  bool has_started() const;
  bool failed() const;

 private:
  Status Write(const Json& event);

  const int fd_;
  const Clock* const clock_;
  mutable std::mutex mutex_;
  bool started_ = false;
  bool failed_ = false;
  std::optional<SteadyTime> last_progress_;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_EVENT_WRITER_H_
