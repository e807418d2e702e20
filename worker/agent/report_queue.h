// What a running attempt has to tell the coordinator, gathered until it is time to.
#ifndef WORKER_AGENT_REPORT_QUEUE_H_
#define WORKER_AGENT_REPORT_QUEUE_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "winnow/v1/worker.pb.h"
#include "worker/agent/attempt_log.h"
#include "worker/agent/executor_event.h"

namespace winnow::worker {

// Pure. Of each (measurement, step) and of the progress only the latest is kept, so that a coordinator which is away
// for long costs little memory here.
//
// Time       at most one batch in kInterval (4 a second).
// Threads    one at a time.
class ReportQueue {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(250);
  static constexpr size_t kMaxMeasurements = 1000;  // a batch

  void Add(const MeasurementLine& measurement) {
    measurements_[{measurement.name, measurement.step}] = measurement.value;
  }
  void Add(const ProgressLine& progress) { progress_ = progress; }
  void AddResumePoint(v1::ResumePoint resume) { resume_ = std::move(resume); }
  void DropResumePoint() { resume_.reset(); }
  AttemptLog& log() { return log_; }
  const AttemptLog& log() const { return log_; }

  bool empty() const { return measurements_.empty() && !progress_ && !resume_ && log_.Batch().empty(); }
  // Whether all that is left goes into one message (CompleteStage takes measurements and log, and no resume point).
  bool FitsOneBatch() const {
    return !resume_ && measurements_.size() <= kMaxMeasurements && log_.Batch().size() == log_.pending_bytes();
  }
  // When the next batch may go, if there is anything to send.
  SteadyTime DueAt() const { return last_sent_ ? *last_sent_ + kInterval : SteadyTime(); }

  // A batch for the coordinator. It counts as sent only with Sent(): after a failure the next one has the same again,
  // and what has come meanwhile.
  v1::ReportProgressRequest MakeBatch(const std::string& token) const;
  // `batch` has arrived.
  void Sent(const v1::ReportProgressRequest& batch, SteadyTime now);

 private:
  std::map<std::pair<std::string, int64_t>, double> measurements_;
  std::optional<ProgressLine> progress_;
  std::optional<v1::ResumePoint> resume_;
  AttemptLog log_;
  std::optional<SteadyTime> last_sent_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_REPORT_QUEUE_H_
