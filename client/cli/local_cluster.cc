#include "client/cli/local_cluster.h"

#include <unistd.h>

#include <utility>

#include "base/durable_file.h"
#include "client/cli/data_folder.h"

namespace winnow::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kJoinLimit{3000};
constexpr milliseconds kReadyLimit{30000};    // recovery of a large database included
constexpr milliseconds kWorkerLimit{120000};  // loading LibTorch and hashing data sets on a slow disk included
constexpr milliseconds kPoll{50};
constexpr milliseconds kWorkerGrace{40000};  // the agent itself gives stages 30 s to save their state
constexpr milliseconds kCoordinatorGrace{10000};

}  // namespace

LocalCluster::LocalCluster(std::filesystem::path data_folder, Connect connect)
    : data_folder_(std::move(data_folder)), connect_(std::move(connect)) {}

LocalCluster::~LocalCluster() { Stop(); }

Result<std::unique_ptr<Coordinator>> LocalCluster::TryJoin(milliseconds limit) {
  ConnectRequest request;
  request.address.target = SocketAddress(data_folder_);
  request.limit = limit;
  return connect_(request);
}

Result<std::unique_ptr<Coordinator>> LocalCluster::Join() {
  if (CoordinatorHasEnded()) {
    std::lock_guard lock(mutex_);
    coordinator_.reset();
  }
  std::error_code ignored;
  if (std::filesystem::exists(SocketPath(data_folder_), ignored)) {
    auto joined = TryJoin(kJoinLimit);
    if (joined || coordinator_ != nullptr) return joined;
  }
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(data_folder_));
  if (Status started = StartCoordinator(); !started.ok()) {
    // Another command may have started one at the same moment; then that one is joined.
    if (auto joined = TryJoin(kJoinLimit)) return joined;
    return Err(std::move(started));
  }
  return TryJoin(kJoinLimit);
}

Status LocalCluster::StartCoordinator() {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string program, FindProgram("winnowd"));
  auto started = ChildProgram::Start(
      {program, "--data", data_folder_.string(), "--embedded", "--lifeline", "{lifeline}", "--ready-fd", "1"},
      data_folder_ / "logs" / "winnowd.log");
  if (!started) return started.error().WithContext("cannot start a coordinator");
  if (Status ready = (*started)->AwaitReady(kReadyLimit); !ready.ok()) {
    std::string message = "cannot start a coordinator on " + data_folder_.string() + ": " + ready.message();
    return Unavailable(std::move(message));
  }
  std::lock_guard lock(mutex_);
  coordinator_ = std::move(*started);
  return OkStatus();
}

Status LocalCluster::StartWorker(Coordinator& coordinator, const LocalWorkerOptions& options) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string program, FindProgram("winnow-worker"));
  const std::string id = "local-" + std::to_string(::getpid());
  std::vector<std::string> command = {program,
                                      "--server",
                                      SocketAddress(data_folder_),
                                      "--name",
                                      id,
                                      "--threads",
                                      std::to_string(options.threads),
                                      "--work-dir",
                                      (data_folder_ / "worker").string(),
                                      "--lifeline",
                                      "{lifeline}"};
  for (const std::filesystem::path& root : options.data_roots) {
    command.insert(command.end(), {"--data-root", root.string()});
  }
  auto started = ChildProgram::Start(command, data_folder_ / "logs" / "winnow-worker.log");
  if (!started) return started.error().WithContext("cannot start a worker");
  {
    std::lock_guard lock(mutex_);
    worker_ = std::move(*started);
    worker_name_ = "workers/" + id;
  }
  for (milliseconds waited{0}; waited < kWorkerLimit; waited += kPoll) {
    if (worker_->AwaitEnd(kPoll)) return CheckWorker();
    if (options.interrupted && options.interrupted()) return Cancelled("interrupted while a worker was being started");
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<v1::Worker> workers, coordinator.ListWorkers());
    for (const v1::Worker& worker : workers) {
      if (worker.name() == worker_name_ && worker.state() == v1::WORKER_STATE_ALIVE) return OkStatus();
    }
  }
  return Unavailable("the worker did not register within " + std::to_string(kWorkerLimit.count() / 1000) + " s; see " +
                     (data_folder_ / "logs" / "winnow-worker.log").string());
}

Status LocalCluster::CheckWorker() {
  if (worker_ == nullptr) return OkStatus();
  const auto end = worker_->AwaitEnd(milliseconds(0));
  if (!end) return OkStatus();
  const std::string last = worker_->LastLine();
  return Unavailable("the worker has ended (" + end->ToString() + ")" + (last.empty() ? "" : ": " + last) +
                     "; its log: " + (data_folder_ / "logs" / "winnow-worker.log").string());
}

bool LocalCluster::CoordinatorHasEnded() {
  return coordinator_ != nullptr && coordinator_->AwaitEnd(milliseconds(0)).has_value();
}

void LocalCluster::Stop() {
  if (worker_ != nullptr) worker_->Stop(kWorkerGrace);
  if (coordinator_ != nullptr) coordinator_->Stop(kCoordinatorGrace);
  std::lock_guard lock(mutex_);
  worker_.reset();
  coordinator_.reset();
}

void LocalCluster::Kill() {
  std::lock_guard lock(mutex_);
  if (worker_ != nullptr) worker_->Kill();
  if (coordinator_ != nullptr) coordinator_->Kill();
}

}  // namespace winnow::cli
