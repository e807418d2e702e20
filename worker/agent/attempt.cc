#include "worker/agent/attempt.h"

#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/logging.h"
#include "worker/agent/call_limit.h"

namespace winnow::worker {
namespace {

std::string KeyOf(const v1::Lease& lease) {
  const std::string& name = lease.stage().name();
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

Attempt::Attempt(const AttemptSurroundings& surroundings, v1::Lease lease)
    : around_(surroundings),
      lease_(std::move(lease)),
      prepare_calls_(around_.connection->clock()),
      report_calls_(around_.connection->clock()),
      final_calls_(around_.connection->clock()) {
  reporter_ = std::make_unique<Reporter>(around_.connection, &report_calls_, lease_.token(),
                                         [this](StopCause cause) { Stop(cause); });
}

Attempt::~Attempt() { report_calls_.Cancel(); }

StopCause Attempt::cause() const {
  std::lock_guard lock(mutex_);
  return cause_;
}

bool Attempt::executing() const {
  std::lock_guard lock(mutex_);
  return process_ != nullptr;
}

void Attempt::Stop(StopCause cause) {
  prepare_calls_.Cancel();
  if (cause == StopCause::kLeaseLost) Abandon();
  std::lock_guard lock(mutex_);
  if (cause <= cause_) return;
  cause_ = cause;
  if (process_ != nullptr) process_->Signal(cause == StopCause::kShutdown ? SIGTERM : SIGKILL);
}

void Attempt::KillForShutdown() {
  Stop(StopCause::kShutdown);
  std::lock_guard lock(mutex_);
  if (process_ != nullptr) process_->Signal(SIGKILL);
}

void Attempt::Abandon() {
  prepare_calls_.Cancel();
  report_calls_.Cancel();
  final_calls_.Cancel();
}

std::optional<v1::Lease> Attempt::Run(const NextOffer& offer) {
  spdlog::info("{} ({}), attempt {}: begins", label(), lease_.stage().name(), lease_.attempt());
  const Status prepared = Prepare();
  AttemptEnd end;
  if (prepared.ok()) {
    end = Execute();
  } else if (cause() != StopCause::kNone) {
    AttemptFacts facts;  // as if its executor had been killed
    facts.cause = cause();
    facts.exit.signal = SIGKILL;
    end = DecideEnd(facts, record_);
  } else {
    end = FailureOf(prepared, prepared.code() != StatusCode::kInvalidArgument);
  }
  around_.keeper->TrustCoordinator(lease_.token());
  std::optional<v1::Lease> next = Report(std::move(end), offer);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  return next;
}

Status Attempt::Fetch(const std::string& artifact, const std::filesystem::path& to) {
  client::ArtifactClient artifacts(around_.connection, {kCallLimit, Duration::max(), &prepare_calls_});
  return around_.cache->Provide(artifact, artifacts, to);
}

Status Attempt::Prepare() {
  WINNOW_ASSIGN_OR_RETURN_STATUS(folder_, around_.work->NewAttempt(KeyOf(lease_), lease_.attempt()));
  output_ = folder_ / "output";
  WINNOW_RETURN_IF_ERROR(MakeFolder(output_));
  for (int i = 0; i < lease_.parents_size(); ++i) {
    inputs_.parents.push_back(folder_ / ("parent" + std::to_string(i) + ".safetensors"));
    WINNOW_RETURN_IF_ERROR(Fetch(lease_.parents(i).checkpoint(), inputs_.parents.back()));
  }
  if (!lease_.pretrained().empty()) {
    inputs_.pretrained = folder_ / "pretrained.safetensors";
    WINNOW_RETURN_IF_ERROR(Fetch(lease_.pretrained(), *inputs_.pretrained));
  }
  if (lease_.has_resume()) {
    inputs_.resume = folder_ / "resume.safetensors";
    WINNOW_RETURN_IF_ERROR(Fetch(lease_.resume().artifact(), *inputs_.resume));
  }
  if (!lease_.data_set().empty()) {
    inputs_.data_folder = around_.data->Folder(lease_.data_set(), lease_.data_digest());
    if (!inputs_.data_folder) {
      return FailedPrecondition("this worker has no data set " + lease_.data_set() + " with digest " +
                                lease_.data_digest() + "; give its folder with --data-root");
    }
  }
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string request, RequestText(lease_, inputs_, output_));
  return WriteFileDurably(folder_ / "request.json", request);
}

Status Attempt::StartProcess() {
  std::lock_guard lock(mutex_);
  if (cause_ != StopCause::kNone) return Cancelled("stopped before it began");
  WINNOW_ASSIGN_OR_RETURN_STATUS(process_, StageProcess::Start(around_.executor, folder_ / "request.json"));
  return OkStatus();
}

AttemptEnd Attempt::Execute() {
  AttemptFacts facts;
  facts.kind = *KindOf(lease_.stage().kind());  // RequestText() has refused others
  facts.exit.signal = SIGKILL;                  // as if it had been killed, where it never ran
  const Status started = StartProcess();
  if (!started.ok() && cause() == StopCause::kNone) return FailureOf(started, true);
  if (started.ok()) {
    facts.exit = process_->Run({[this](std::string_view line) { TakeEventLine(line); },
                                [this](std::string_view bytes) { reporter_->AddLog(bytes); },
                                [this](uint64_t bytes) { WatchMemory(bytes); }});
    if (!process_->unfinished_line().empty()) {
      reporter_->AddLogLine("unfinished event line: " + process_->unfinished_line().substr(0, 200));
    }
  }
  {
    std::lock_guard lock(mutex_);
    process_.reset();
  }
  around_.executor_ended();
  std::lock_guard lock(mutex_);
  facts.cause = cause_;
  facts.fault = fault_;
  facts.used_bytes = used_bytes_;
  facts.limit_bytes = static_cast<uint64_t>(lease_.memory_bytes());
  return DecideEnd(facts, record_);
}

void Attempt::TakeEventLine(std::string_view line) {
  {
    std::lock_guard lock(mutex_);
    if (!fault_.empty()) return;  // the first one is told; the process is being killed
  }
  const Result<ExecutorEvent> event = record_.Take(line);
  if (!event) {
    reporter_->AddLogLine("fault: " + event.error().message());
    {
      std::lock_guard lock(mutex_);
      fault_ = event.error().message();
    }
    Stop(StopCause::kFault);
    return;
  }
  if (const std::string text = LogText(*event); !text.empty()) reporter_->AddLogLine(text);
  if (const auto* measurement = std::get_if<MeasurementLine>(&*event)) reporter_->Add(*measurement);
  if (const auto* progress = std::get_if<ProgressLine>(&*event)) reporter_->Add(*progress);
  if (const auto* resume = std::get_if<ResumePointLine>(&*event)) {
    reporter_->AddResumePoint(output_ / resume->path, resume->epoch);
  }
}

void Attempt::WatchMemory(uint64_t resident_bytes) {
  const auto limit = static_cast<uint64_t>(std::max<int64_t>(lease_.memory_bytes(), 0));
  if (limit == 0 || resident_bytes <= limit) return;
  {
    std::lock_guard lock(mutex_);
    if (used_bytes_ != 0) return;
    used_bytes_ = resident_bytes;
  }
  Stop(StopCause::kMemory);
}

}  // namespace winnow::worker
