// The folder an agent works in: artifacts it keeps, and a folder for each attempt while it runs.
//
// Layout      FOLDER/cache                     artifacts, shared by all agents on the folder
//             FOLDER/image-folders.json        digests of folders of images
//             FOLDER/runs/INSTANCE             attempts of one agent, removed with it
//             FOLDER/runs/INSTANCE.lock        held while that agent lives
#ifndef WORKER_AGENT_WORK_FOLDER_H_
#define WORKER_AGENT_WORK_FOLDER_H_

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace winnow::worker {

// Threads    NewAttempt() from any; the rest one at a time.
class WorkFolder {
 public:
  // Makes the folders, and removes what agents that have ended without doing so have left behind.
  // kPermissionDenied, kResourceExhausted: it cannot be written.
  static Result<WorkFolder> Open(const std::filesystem::path& folder, const std::string& instance);

  WorkFolder(WorkFolder&&) noexcept = default;
  WorkFolder& operator=(WorkFolder&&) noexcept = delete;
  // Removes this agent's attempts.
  ~WorkFolder();

  std::filesystem::path cache() const { return folder_ / "cache"; }
  // A new empty folder for an attempt at the stage, whose caller removes it.
  Result<std::filesystem::path> NewAttempt(const std::string& stage_key, int attempt) const;

 private:
  WorkFolder(std::filesystem::path folder, std::filesystem::path run, UniqueFd lock)
      : folder_(std::move(folder)), run_(std::move(run)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  std::filesystem::path run_;
  UniqueFd lock_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_WORK_FOLDER_H_
