#include "worker/stage/event_writer.h"

#include <unistd.h>

#include <cmath>

#include "base/durable_file.h"

namespace winnow::worker {
namespace {

constexpr size_t kMaxMessageBytes = 64 * 1024;

// Keeps beginning and end, which say what failed and why.
std::string Shortened(const std::string& message) {
  if (message.size() <= kMaxMessageBytes) return message;
  const size_t half = kMaxMessageBytes / 2;
  return message.substr(0, half) + " [...] " + message.substr(message.size() - half);
}

}  // namespace

Status EventWriter::Write(const Json& event) {
  const std::string line = DumpJson(event) + "\n";
  if (line.size() > kMaxLineBytes) {
    return Status(StatusCode::kOutOfRange, "an event line of " + std::to_string(line.size()) +
                                               " bytes is longer than the " + std::to_string(kMaxLineBytes) +
                                               " that an agent takes");
  }
  std::lock_guard lock(mutex_);
  if (failed_) return OkStatus();
  Status written = WriteAll(fd_, line, "event lines");
  failed_ = !written.ok();
  return OkStatus();
}

void EventWriter::Started(const StartedEvent& event) {
  {
    std::lock_guard lock(mutex_);
    started_ = true;
  }
  (void)Write({{"event", "started"},
               {"numerics_class", event.numerics_class},
               {"resumed_epoch", event.resumed_epoch},
               {"restarted_because", event.restarted_because},
               {"pid", ::getpid()}});
}

void EventWriter::Progress(double done, double total, std::string_view unit, std::string_view note) {
  {
    std::lock_guard lock(mutex_);
    const SteadyTime now = clock_->Now();
    if (done < total && last_progress_ && now - *last_progress_ < kProgressInterval) return;
    last_progress_ = now;
  }
  (void)Write({{"event", "progress"}, {"done", done}, {"total", total}, {"unit", unit}, {"note", note}});
}

void EventWriter::Measurement(std::string_view name, int64_t step, double value) {
  if (!std::isfinite(value)) return;
  (void)Write({{"event", "measurement"}, {"name", name}, {"step", step}, {"value", value}});
}

void EventWriter::ResumePoint(std::string_view path, int64_t epoch) {
  (void)Write({{"event", "resume_point"}, {"path", path}, {"epoch", epoch}});
}

void EventWriter::Artifact(std::string_view name, std::string_view path, std::string_view media_type) {
  (void)Write({{"event", "artifact"}, {"name", name}, {"path", path}, {"media_type", media_type}});
}

Status EventWriter::Result(const Json& values) { return Write({{"event", "result"}, {"values", values}}); }

void EventWriter::Error(const Status& status, bool retryable) {
  (void)Write({{"event", "error"},
               {"code", StatusCodeName(status.code())},
               {"message", Shortened(status.message())},
               {"retryable", retryable}});
}

bool EventWriter::has_started() const {
  std::lock_guard lock(mutex_);
  return started_;
}

bool EventWriter::failed() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

}  // namespace winnow::worker
