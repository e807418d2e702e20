#include "worker/agent/work_folder.h"

#include <system_error>

#include "base/durable_file.h"
#include "base/id.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockEnd = ".lock";

void RemoveStale(const fs::path& runs) {
  std::error_code error;
  for (fs::directory_iterator it(runs, error), end; !error && it != end; it.increment(error)) {
    const fs::path lock_file = it->path();
    if (lock_file.extension() != kLockEnd) continue;
    const Result<UniqueFd> lock = LockFile(lock_file);
    if (!lock) continue;  // its agent lives
    std::error_code ignored;
    fs::remove_all(runs / lock_file.stem(), ignored);
    fs::remove(lock_file, ignored);
  }
}

}  // namespace

Result<WorkFolder> WorkFolder::Open(const fs::path& relative, const std::string& instance) {
  std::error_code ignored;
  const fs::path folder = fs::absolute(relative, ignored);
  const fs::path runs = folder / "runs";
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(folder / "cache"));
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(runs));
  RemoveStale(runs);
  const fs::path run = runs / instance;
  WINNOW_ASSIGN_OR_RETURN(UniqueFd lock, LockFile(run.string() + std::string(kLockEnd)));
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(run));
  return WorkFolder(folder, run, std::move(lock));
}

WorkFolder::~WorkFolder() {
  if (!lock_.valid()) return;  // moved from
  std::error_code ignored;
  fs::remove_all(run_, ignored);
  fs::remove(run_.string() + std::string(kLockEnd), ignored);
}

Result<fs::path> WorkFolder::NewAttempt(const std::string& stage_key, int attempt) const {
  const fs::path folder = run_ / (stage_key.substr(0, 12) + "-" + std::to_string(attempt) + "-" + RandomHex(4));
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(folder));
  return folder;
}

}  // namespace winnow::worker
