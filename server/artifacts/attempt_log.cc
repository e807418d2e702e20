#include "server/artifacts/attempt_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>

#include "base/durable_file.h"
#include "base/unique_fd.h"
#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFullNote = "\n[the log ends here: it reached its largest size of 64 MiB]\n";
constexpr int64_t kMaxContent = AttemptLogs::kMaxLogBytes - static_cast<int64_t>(kFullNote.size());
constexpr std::string_view kGapNote = "[bytes of this log were lost on the way]";

Result<int64_t> SizeOf(int fd, const fs::path& path) {
  struct stat entry;
  if (::fstat(fd, &entry) != 0) return Err(ErrnoStatus(errno, "cannot look at " + path.string()));
  return static_cast<int64_t>(entry.st_size);
}

// `length` bytes that say that they stand for others: dots around the note, or dots alone where it has no room.
std::string Filler(int64_t length) {
  std::string filler(static_cast<size_t>(length), '.');
  if (filler.size() >= kGapNote.size() + 2) filler.replace(0, kGapNote.size() + 1, "\n" + std::string(kGapNote));
  if (!filler.empty()) filler.back() = '\n';
  return filler;
}

Result<std::string> ReadAt(int fd, int64_t offset, int64_t length, const fs::path& path) {
  std::string bytes(static_cast<size_t>(length), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + filled, bytes.size() - filled, offset + static_cast<int64_t>(filled));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
    if (n == 0) break;
    filled += static_cast<size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

Status Full(Status status, const fs::path& folder) {
  if (status.code() != StatusCode::kResourceExhausted) return status;
  return ResourceExhausted(status.message() + "; free space on the disk of " + folder.string());
}

}  // namespace

Result<std::unique_ptr<AttemptLogs>> AttemptLogs::Open(const fs::path& folder) {
  const fs::path logs = folder / "logs";
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(logs));
  return std::unique_ptr<AttemptLogs>(new AttemptLogs(logs));
}

fs::path AttemptLogs::PathOf(const std::string& stage, int attempt) const {
  return logs_ / stage / (std::to_string(attempt) + ".log");
}

Status AttemptLogs::Append(const std::string& stage, int attempt, int64_t offset, std::string_view bytes) {
  WINNOW_RETURN_IF_ERROR(StatusOf(ParseStageName(StageName(stage))));
  if (offset < 0 || attempt < 1) {
    return InvalidArgument("log of attempt " + std::to_string(attempt) + " of " + StageName(stage) + " at offset " +
                           std::to_string(offset) + ": attempts count from 1, offsets from 0");
  }
  if (bytes.empty()) return OkStatus();
  const fs::path path = PathOf(stage, attempt);
  std::lock_guard lock(mutexes_[std::hash<std::string>()(path.string()) % mutexes_.size()]);
  WINNOW_RETURN_IF_ERROR(Full(MakeFolder(path.parent_path()), logs_));
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return Full(ErrnoStatus(errno, "cannot open " + path.string()), logs_);
  WINNOW_ASSIGN_OR_RETURN_STATUS(const int64_t size, SizeOf(fd.get(), path));
  if (size > kMaxContent) return OkStatus();  // ends with the note
  std::string added;
  if (offset > size) {
    added = Filler(std::min(offset, kMaxLogBytes) - size);
  } else {
    const auto known = static_cast<size_t>(size - offset);
    if (known >= bytes.size()) return OkStatus();
    bytes.remove_prefix(known);
  }
  added.append(bytes);
  if (static_cast<int64_t>(added.size()) > kMaxContent - size) {
    added.resize(static_cast<size_t>(kMaxContent - size));
    added.append(kFullNote);
  }
  return Full(WriteAll(fd.get(), added, path.string()), logs_);
}

Result<LogPiece> AttemptLogs::Read(const std::string& stage, int attempt, int64_t offset, int64_t max_bytes) const {
  WINNOW_RETURN_ERR_IF_ERROR(StatusOf(ParseStageName(StageName(stage))));
  const fs::path path = PathOf(stage, attempt);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno != ENOENT) return Err(ErrnoStatus(errno, "cannot open " + path.string()));
    return Err(NotFound("attempt " + std::to_string(attempt) + " of " + StageName(stage) + " has no log"));
  }
  LogPiece piece;
  WINNOW_ASSIGN_OR_RETURN(piece.size, SizeOf(fd.get(), path));
  piece.offset = offset < 0 ? std::max<int64_t>(piece.size + offset, 0) : std::min(offset, piece.size);
  const int64_t length = std::min(std::max<int64_t>(max_bytes, 0), piece.size - piece.offset);
  WINNOW_ASSIGN_OR_RETURN(piece.content, ReadAt(fd.get(), piece.offset, length, path));
  return piece;
}

Result<LogPiece> AttemptLogs::Tail(const std::string& stage, int attempt, int lines, int64_t max_bytes) const {
  WINNOW_ASSIGN_OR_RETURN(LogPiece piece, Read(stage, attempt, -std::max<int64_t>(max_bytes, 1), max_bytes));
  // The newline that ends the last line begins no further one.
  size_t begin = piece.content.size();
  if (begin > 0 && piece.content[begin - 1] == '\n') --begin;
  for (int i = 0; i < lines; ++i) {
    const size_t newline = begin == 0 ? std::string::npos : piece.content.rfind('\n', begin - 1);
    if (newline == std::string::npos) return piece;
    begin = newline;
  }
  const size_t cut = lines <= 0 ? piece.content.size() : begin + 1;
  piece.content.erase(0, cut);
  piece.offset += static_cast<int64_t>(cut);
  return piece;
}

Status AttemptLogs::Remove(const std::string& stage) {
  WINNOW_RETURN_IF_ERROR(StatusOf(ParseStageName(StageName(stage))));
  std::error_code error;
  fs::remove_all(logs_ / stage, error);
  if (error) return ErrnoStatus(error.value(), "cannot remove " + (logs_ / stage).string());
  return OkStatus();
}

}  // namespace winnow::server
