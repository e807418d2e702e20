// Files that are there whole or not at all, also after a power cut.
#ifndef BASE_DURABLE_FILE_H_
#define BASE_DURABLE_FILE_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace winnow {

// Makes the names in `folder` durable.
Status SyncFolder(const std::filesystem::path& folder);

// Makes the content of the open file `fd` durable; `file` is its path.
Status SyncFile(int fd, const std::filesystem::path& file);

// Renames `from` (already synced) to `to` and makes the new name durable. Both on one file system.
Status RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);

// Replaces `path` by `content`: temporary file beside it, fsync, rename, fsync of the folder. On failure the old file
// is untouched and no temporary file stays behind.
Status WriteFileDurably(const std::filesystem::path& path, std::string_view content);

// The whole file. kNotFound where there is none; kResourceExhausted over `max_bytes`.
Result<std::string> ReadFile(const std::filesystem::path& path, size_t max_bytes = size_t{1} << 32);

// Creates `folder` and its parents, readable by the owner only where new. kPermissionDenied names the folder.
Status MakeFolder(const std::filesystem::path& folder);

// Writes all of `bytes` to `fd`, going on after partial writes and EINTR.
Status WriteAll(int fd, std::string_view bytes, std::string_view what);

// An exclusive lock on `path`, held while the returned descriptor lives and dropped by the kernel when the process
// ends, however it ends. kFailedPrecondition when another process holds it.
Result<UniqueFd> LockFile(const std::filesystem::path& path);

}  // namespace winnow

#endif  // BASE_DURABLE_FILE_H_
