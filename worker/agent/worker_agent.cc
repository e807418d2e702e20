#include "worker/agent/worker_agent.h"

#include <algorithm>
#include <utility>

#include "base/id.h"
#include "base/logging.h"
#include "client/lib/worker_client.h"
#include "spec/data_set.h"
#include "worker/agent/machine.h"

namespace winnow::worker {
namespace {

constexpr Duration kDescribeLimit = std::chrono::seconds(120);  // loading LibTorch from a slow disk
constexpr Duration kReportGrace = std::chrono::seconds(5);      // for reports after the stages have ended
constexpr Duration kUnregisterLimit = std::chrono::seconds(3);

}  // namespace

Result<std::unique_ptr<WorkerAgent>> WorkerAgent::Create(AgentOptions options, Clock* clock) {
  WINNOW_ASSIGN_OR_RETURN(ExecutorDescription description, DescribeExecutor(options.executor, kDescribeLimit));
  const std::string instance = NewUuid();
  Result<WorkFolder> work = WorkFolder::Open(options.work_folder, instance);
  if (!work) return Err(work.error().WithContext("work folder " + options.work_folder.string()));
  std::vector<std::string> warnings;
  DataPlaces data =
      DataPlaces::Find(options.data_roots, spec::DataSets(), warnings, options.work_folder / "image-folders.json");
  for (const std::string& warning : warnings) spdlog::warn("{}", warning);
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<client::Connection> connection,
                          client::Connection::Open(options.server, clock));
  return std::unique_ptr<WorkerAgent>(new WorkerAgent(std::move(options), std::move(description), std::move(data),
                                                      std::move(*work), std::move(connection), instance));
}

WorkerAgent::WorkerAgent(AgentOptions options, ExecutorDescription description, DataPlaces data, WorkFolder work,
                         std::unique_ptr<client::Connection> connection, std::string instance)
    : options_(std::move(options)),
      clock_(connection->clock()),
      data_(std::move(data)),
      work_(std::move(work)),
      connection_(std::move(connection)),
      cache_(work_.cache(), options_.cache_bytes),
      acquire_calls_(clock_),
      await_calls_(clock_),
      register_calls_(clock_),
      registration_(connection_.get(), Description(options_, description, data_, instance), &register_calls_),
      keeper_(connection_.get(), &registration_, [this](const Status& status) { Fail(status); }),
      surroundings_{
          connection_.get(), &keeper_, &cache_, &data_, &work_, options_.executor, [this] { shutdown_pause_.Wake(); }},
      shutdown_pause_(clock_),
      pool_(options_.resources) {}

WorkerAgent::~WorkerAgent() {
  Kill();
  JoinStages();
}

v1::Worker WorkerAgent::Description(const AgentOptions& options, const ExecutorDescription& description,
                                    const DataPlaces& data, const std::string& instance) {
  v1::Worker worker;
  worker.set_name("workers/" + options.name);
  worker.set_instance(instance);
  worker.set_host_id(HostId());
  worker.set_threads(options.resources.threads);
  worker.set_memory_bytes(options.resources.memory_bytes);
  worker.set_isa(description.isa);
  worker.set_numerics_class(description.numerics_class);
  worker.set_fingerprint(description.fingerprint);
  worker.set_fingerprint_json(description.fingerprint_json);
  for (const auto& [kind, version] : description.versions) {
    v1::StageVersion* const stage_version = worker.add_stage_versions();
    stage_version->set_kind(ToProto(kind));
    stage_version->set_version(version);
  }
  for (const FoundData& found : data.found()) {
    v1::WorkerDataSet* const data_set = worker.add_data_sets();
    data_set->set_name(found.name);
    data_set->set_digest(found.digest);
  }
  for (const auto& [label, value] : options.labels) (*worker.mutable_labels())[label] = value;
  return worker;
}

Status WorkerAgent::Run() {
  const Status registered =
      registration_.First(options_.connect_patience, [](const std::string& line) { spdlog::warn("{}", line); });
  if (registered.code() == StatusCode::kCancelled) return OkStatus();  // told to end before it began
  WINNOW_RETURN_IF_ERROR(registered);
  std::string data_sets;
  for (const FoundData& found : data_.found()) data_sets += (data_sets.empty() ? "" : ", ") + found.name;
  spdlog::info("{} registered at {}: {} threads, {} MiB, data sets: {}", registration_.name(), connection_->address(),
               options_.resources.threads, options_.resources.memory_bytes >> 20,
               data_sets.empty() ? "none" : data_sets);
  keeper_.Start();
  std::thread acquire([this] { AcquireLoop(); });
  std::thread cancellations([this] { CancellationLoop(); });
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return stopping_; });
  }
  acquire.join();
  Drain();
  cancellations.join();
  v1::UnregisterWorkerRequest request;
  request.set_worker(registration_.name());
  request.set_instance(registration_.instance());
  client::WorkerClient workers(connection_.get(), {kUnregisterLimit, Duration::zero(), nullptr});
  const Status unregistered = workers.Unregister(request);
  if (!unregistered.ok()) spdlog::warn("not unregistered: {}", unregistered.message());
  keeper_.Shut();
  std::lock_guard lock(mutex_);
  return failure_;
}

void WorkerAgent::Shutdown() {
  register_calls_.Cancel();
  acquire_calls_.Cancel();
  std::lock_guard lock(mutex_);
  stopping_ = true;
  room_.notify_all();
  for (Attempt* const attempt : attempts_) attempt->Stop(StopCause::kShutdown);
}

void WorkerAgent::Kill() {
  Shutdown();
  await_calls_.Cancel();
  std::lock_guard lock(mutex_);
  for (Attempt* const attempt : attempts_) {
    attempt->KillForShutdown();
    attempt->Abandon();
  }
}

void WorkerAgent::Fail(const Status& status) {
  if (status.code() == StatusCode::kCancelled) return;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    failure_ = Unavailable(status.message());
  }
  Kill();
}

void WorkerAgent::Drain() {
  const auto no_executor = [this] {
    return std::none_of(attempts_.begin(), attempts_.end(), [](const Attempt* a) { return a->executing(); });
  };
  if (!Await(options_.shutdown_grace, no_executor)) {
    spdlog::warn("stages have not saved their state within their time; they are killed");
    std::lock_guard lock(mutex_);
    for (Attempt* const attempt : attempts_) attempt->KillForShutdown();
  }
  if (!Await(kReportGrace, [this] { return attempts_.empty(); })) {
    std::lock_guard lock(mutex_);
    for (Attempt* const attempt : attempts_) attempt->Abandon();
  }
  JoinStages();
  await_calls_.Cancel();
}

template <typename Over>
bool WorkerAgent::Await(Duration limit, Over over) {
  const SteadyTime end = clock_->Now() + limit;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (over()) return true;
    }
    if (clock_->Now() >= end) return false;
    shutdown_pause_.Until(end);
  }
}

void WorkerAgent::JoinStages() {
  std::list<StageThread> threads;
  {
    std::lock_guard lock(mutex_);
    threads.swap(stage_threads_);  // keeps the elements where they are: their threads know them
  }
  for (StageThread& stage : threads) stage.thread.join();
}

}  // namespace winnow::worker
