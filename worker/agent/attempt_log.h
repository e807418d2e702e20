// The log of one attempt on its way to the coordinator: bytes placed by offset, and the last lines kept.
#ifndef WORKER_AGENT_ATTEMPT_LOG_H_
#define WORKER_AGENT_ATTEMPT_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace winnow::worker {

// Bounded in memory (what is not yet sent: 4 MiB) and in total (64 MiB): what comes beyond is left out, with a line
// that says so. Threads    one at a time.
class AttemptLog {
 public:
  static constexpr size_t kMaxPendingBytes = size_t{4} << 20;
  static constexpr int64_t kMaxTotalBytes = int64_t{64} << 20;
  static constexpr size_t kMaxBatchBytes = size_t{256} << 10;  // worker.proto

  void Append(std::string_view bytes);
  void AppendLine(std::string_view line);

  // The next bytes to send, at most kMaxBatchBytes, and where they belong. They stay until MarkSent().
  std::string_view Batch() const { return std::string_view(pending_).substr(0, kMaxBatchBytes); }
  int64_t batch_offset() const { return sent_; }
  size_t pending_bytes() const { return pending_.size(); }
  void MarkSent(size_t bytes);

  // The last `lines` lines, at most 16 KiB.
  std::string LastLines(int lines) const;

 private:
  std::string pending_;
  int64_t sent_ = 0;
  uint64_t left_out_ = 0;
  std::string tail_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_ATTEMPT_LOG_H_
