#include "worker/agent/attempt_log.h"

namespace winnow::worker {
namespace {

constexpr size_t kTailBytes = 16 << 10;

}  // namespace

void AttemptLog::Append(std::string_view bytes) {
  tail_.append(bytes.size() > kTailBytes ? bytes.substr(bytes.size() - kTailBytes) : bytes);
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);

  const bool room = pending_.size() + bytes.size() <= kMaxPendingBytes &&
                    sent_ + static_cast<int64_t>(pending_.size() + bytes.size()) <= kMaxTotalBytes;
  if (!room) {
    left_out_ += bytes.size();
    return;
  }
  if (left_out_ > 0) {
    pending_ += "\n[" + std::to_string(left_out_) + " bytes of this log were left out here]\n";
    left_out_ = 0;
  }
  pending_.append(bytes);
}

void AttemptLog::AppendLine(std::string_view line) {
  if (!tail_.empty() && tail_.back() != '\n') Append("\n");
  Append(std::string(line) + "\n");
}

void AttemptLog::MarkSent(size_t bytes) {
  pending_.erase(0, bytes);
  sent_ += static_cast<int64_t>(bytes);
}

std::string AttemptLog::LastLines(int lines) const {
  size_t end = tail_.size();
  while (end > 0 && tail_[end - 1] == '\n') --end;
  size_t begin = end;
  while (begin > 0 && end - begin < kTailBytes) {
    if (tail_[begin - 1] == '\n' && --lines == 0) break;
    --begin;
  }
  return tail_.substr(begin, end - begin);
}

}  // namespace winnow::worker
