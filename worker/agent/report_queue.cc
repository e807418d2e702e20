#include "worker/agent/report_queue.h"

namespace winnow::worker {

v1::ReportProgressRequest ReportQueue::MakeBatch(const std::string& token) const {
  v1::ReportProgressRequest batch;
  batch.set_token(token);
  for (const auto& [key, value] : measurements_) {
    if (static_cast<size_t>(batch.measurements_size()) == kMaxMeasurements) break;
    v1::Measurement* const measurement = batch.add_measurements();
    measurement->set_name(key.first);
    measurement->set_step(key.second);
    measurement->set_value(value);
  }
  if (progress_) {
    batch.mutable_progress()->set_done(progress_->done);
    batch.mutable_progress()->set_total(progress_->total);
    batch.mutable_progress()->set_unit(progress_->unit);
    batch.mutable_progress()->set_note(progress_->note);
  }
  if (resume_) *batch.mutable_resume() = *resume_;
  if (!log_.Batch().empty()) {
    batch.set_log_offset(log_.batch_offset());
    batch.set_log_content(std::string(log_.Batch()));
  }
  return batch;
}

void ReportQueue::Sent(const v1::ReportProgressRequest& batch, SteadyTime now) {
  last_sent_ = now;
  for (const v1::Measurement& sent : batch.measurements()) {
    const auto it = measurements_.find({sent.name(), sent.step()});
    if (it != measurements_.end() && it->second == sent.value()) measurements_.erase(it);
  }
  if (batch.has_progress() && progress_ && progress_->done == batch.progress().done() &&
      progress_->total == batch.progress().total() && progress_->note == batch.progress().note()) {
    progress_.reset();
  }
  if (batch.has_resume() && resume_ && resume_->artifact() == batch.resume().artifact() &&
      resume_->epoch() == batch.resume().epoch()) {
    resume_.reset();
  }
  log_.MarkSent(batch.log_content().size());
}

}  // namespace winnow::worker
