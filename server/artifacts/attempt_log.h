// What attempts wrote to their logs, as far as it has come.
//
// Layout      FOLDER/logs/KEY/ATTEMPT.log. At most kMaxLogBytes each, then a line that says so; the rest is dropped.
// Durability  none is promised: a log is for people. What came before a crash of this process is there after it.
// Threads     safe for concurrent use. Everything waits for the disk.
#ifndef SERVER_ARTIFACTS_ATTEMPT_LOG_H_
#define SERVER_ARTIFACTS_ATTEMPT_LOG_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace winnow::server {

// Bytes of a log and where they begin.
struct LogPiece {
  int64_t offset = 0;
  std::string content;
  int64_t size = 0;  // of the whole log
};

class AttemptLogs {
 public:
  static constexpr int64_t kMaxLogBytes = int64_t{64} << 20;

  // Makes the folder.
  static Result<std::unique_ptr<AttemptLogs>> Open(const std::filesystem::path& folder);

  AttemptLogs(const AttemptLogs&) = delete;
  AttemptLogs& operator=(const AttemptLogs&) = delete;

  // Places bytes at an offset of the sender's. What is there already stays, so that a repeat changes nothing. A gap
  // (the sender lost something) is filled by as many bytes, which say so. kInvalidArgument: negative offset or attempt
  // < 1. kResourceExhausted: disk full.
  Status Append(const std::string& stage, int attempt, int64_t offset, std::string_view bytes);

  // Up to `max_bytes` from `offset` on; a negative offset counts from the end. Beyond the end: empty. kNotFound:
  // nothing was ever logged.
  Result<LogPiece> Read(const std::string& stage, int attempt, int64_t offset, int64_t max_bytes) const;

  // The last `lines` lines, of at most `max_bytes` together. kNotFound likewise.
  Result<LogPiece> Tail(const std::string& stage, int attempt, int lines, int64_t max_bytes) const;

  // Removes the logs of a stage. Nothing happens where there are none.
  Status Remove(const std::string& stage);

 private:
  explicit AttemptLogs(std::filesystem::path logs) : logs_(std::move(logs)) {}
  std::filesystem::path PathOf(const std::string& stage, int attempt) const;

  const std::filesystem::path logs_;
  // Appends to one log exclude each other; which of these guards it follows from its name.
  std::array<std::mutex, 16> mutexes_;
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ATTEMPT_LOG_H_
