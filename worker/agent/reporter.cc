#include "worker/agent/reporter.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "client/lib/artifact_client.h"
#include "client/lib/worker_client.h"
#include "worker/agent/call_limit.h"

namespace winnow::worker {
namespace {

constexpr Duration kNothingToDo = std::chrono::hours(1);

}  // namespace

Reporter::Reporter(client::Connection* connection, client::Cancellation* cancellation, std::string token,
                   std::function<void(StopCause)> stop)
    : connection_(connection),
      cancellation_(cancellation),
      token_(std::move(token)),
      stop_(std::move(stop)),
      clock_(connection->clock()),
      pause_(clock_),
      thread_([this] { Loop(); }) {}

Reporter::~Reporter() { Finish(); }

void Reporter::Add(const MeasurementLine& measurement) {
  {
    std::lock_guard lock(mutex_);
    queue_.Add(measurement);
  }
  pause_.Wake();
}

void Reporter::Add(const ProgressLine& progress) {
  {
    std::lock_guard lock(mutex_);
    queue_.Add(progress);
  }
  pause_.Wake();
}

void Reporter::AddLogLine(std::string_view line) {
  {
    std::lock_guard lock(mutex_);
    queue_.log().AppendLine(line);
  }
  pause_.Wake();
}

void Reporter::AddLog(std::string_view bytes) {
  {
    std::lock_guard lock(mutex_);
    queue_.log().Append(bytes);
  }
  pause_.Wake();
}

void Reporter::AddResumePoint(const std::filesystem::path& file, int64_t epoch) {
  {
    std::lock_guard lock(mutex_);
    resume_file_ = ResumeFile{file, epoch};
  }
  pause_.Wake();
}

SteadyTime Reporter::NextWork() const {
  std::lock_guard lock(mutex_);
  if (resume_file_) return SteadyTime::min();
  if (queue_.empty()) return clock_->Now() + kNothingToDo;
  return queue_.DueAt();
}

void Reporter::Loop() {
  while (true) {
    const SteadyTime next = NextWork();
    if (next > clock_->Now()) pause_.Until(next);
    if (pause_.stopped()) return;
    if (NextWork() > clock_->Now()) continue;  // woken by something that can wait
    if (!Send().ok()) return;
  }
}

Status Reporter::UploadResumePoint() {
  std::optional<ResumeFile> file;
  {
    std::lock_guard lock(mutex_);
    file = std::exchange(resume_file_, std::nullopt);
  }
  if (!file) return OkStatus();
  client::ArtifactClient artifacts(connection_, {kCallLimit, Duration::max(), cancellation_});
  const Result<v1::Artifact> uploaded = artifacts.Upload(file->path);
  if (!uploaded) {
    if (uploaded.error().code() == StatusCode::kCancelled) return uploaded.error();
    // The stage can do without, and the next one may fare better (a disk that is full now, a file replaced too soon).
    spdlog::warn("resume point after epoch {} is not kept: {}", file->epoch, uploaded.error().message());
    return OkStatus();
  }
  v1::ResumePoint resume;
  resume.set_artifact(uploaded->name());
  resume.set_epoch(file->epoch);
  std::lock_guard lock(mutex_);
  last_resume_point_ = resume;
  queue_.AddResumePoint(std::move(resume));
  return OkStatus();
}

Status Reporter::Send() {
  WINNOW_RETURN_IF_ERROR(UploadResumePoint());
  v1::ReportProgressRequest batch;
  {
    std::lock_guard lock(mutex_);
    batch = queue_.MakeBatch(token_);
  }
  client::WorkerClient workers(connection_, {kCallLimit, Duration::max(), cancellation_});
  const Result<v1::ReportProgressResponse> response = workers.Report(batch);
  if (!response) {
    if (client::IsLeaseLost(response.error())) stop_(StopCause::kLeaseLost);
    if (client::IsLeaseLost(response.error()) || response.error().code() == StatusCode::kCancelled) {
      return response.error();
    }
    // Repeating what is refused would be refused for ever.
    spdlog::warn("the coordinator does not take a report, which is left out: {}", response.error().ToString());
  } else if (response->cancel_requested()) {
    stop_(StopCause::kCancelled);
  }
  std::lock_guard lock(mutex_);
  queue_.Sent(batch, clock_->Now());
  return OkStatus();
}

void Reporter::Finish() {
  pause_.Stop();
  if (thread_.joinable()) thread_.join();
}

void Reporter::DropResumePoint() {
  std::lock_guard lock(mutex_);
  resume_file_.reset();
  queue_.DropResumePoint();
}

Status Reporter::Flush() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      const bool fits = !resume_file_ && queue_.FitsOneBatch();
      if (fits) return OkStatus();
    }
    WINNOW_RETURN_IF_ERROR(Send());
  }
}

v1::ReportProgressRequest Reporter::Rest() const {
  std::lock_guard lock(mutex_);
  return queue_.MakeBatch(token_);
}

std::optional<v1::ResumePoint> Reporter::last_resume_point() const {
  std::lock_guard lock(mutex_);
  return last_resume_point_;
}

std::string Reporter::LastLines(int lines) const {
  std::lock_guard lock(mutex_);
  return queue_.log().LastLines(lines);
}

}  // namespace winnow::worker
