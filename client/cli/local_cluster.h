// The coordinator on a local data folder, joined or started, and a worker for it.
//
// Programs started here end with this process, however it ends: they hold lifelines (base/subprocess.h). Their logs are
// DATA/logs/winnowd.log and DATA/logs/winnow-worker.log.
//
// Threads    Kill() may come from any thread; the rest one at a time.
#ifndef CLIENT_CLI_LOCAL_CLUSTER_H_
#define CLIENT_CLI_LOCAL_CLUSTER_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cli/child_program.h"
#include "client/cli/connection.h"

namespace winnow::cli {

struct LocalWorkerOptions {
  std::vector<std::filesystem::path> data_roots;
  int threads = 1;
  // Asked now and then while waiting; true gives up. Null: nobody.
  std::function<bool()> interrupted;
};

class LocalCluster {
 public:
  LocalCluster(std::filesystem::path data_folder, Connect connect);
  // Stops what was started, as Stop() does.
  ~LocalCluster();

  const std::filesystem::path& data_folder() const { return data_folder_; }

  // Connects to the coordinator that answers on the folder's socket, else starts one. Called again after that one has
  // gone it does the same again.
  //
  // Errors   kPermissionDenied, kResourceExhausted   the folder cannot be made or written
  //          kUnavailable                            the coordinator did not start: its own last line
  //          kNotFound                               there is no program winnowd
  Result<std::unique_ptr<Coordinator>> Join();

  // Starts a worker for the joined coordinator and waits until it is registered there. kUnavailable with its last line;
  // kCancelled where `interrupted` says so.
  Status StartWorker(Coordinator& coordinator, const LocalWorkerOptions& options);

  bool owns_coordinator() const { return coordinator_ != nullptr; }
  bool owns_worker() const { return worker_ != nullptr; }
  // "workers/..." of the started one.
  const std::string& worker_name() const { return worker_name_; }

  // kUnavailable with its last line where the started worker has ended.
  Status CheckWorker();
  // Whether the started coordinator has; Join() then gets another one.
  bool CoordinatorHasEnded();

  // Worker first, so that running stages save their state and give their leases back; then the coordinator.
  void Stop();
  // At once.
  void Kill();

 private:
  Status StartCoordinator();
  Result<std::unique_ptr<Coordinator>> TryJoin(std::chrono::milliseconds limit);

  const std::filesystem::path data_folder_;
  const Connect connect_;
  std::mutex mutex_;  // of the two pointers, for Kill()
  std::unique_ptr<ChildProgram> coordinator_, worker_;
  std::string worker_name_;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_LOCAL_CLUSTER_H_
