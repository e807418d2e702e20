// Lines out of a stream of bytes, with a bound on their length.
#ifndef WORKER_AGENT_LINE_SPLITTER_H_
#define WORKER_AGENT_LINE_SPLITTER_H_

#include <string>
#include <string_view>
#include <utility>

namespace winnow::worker {

// Threads    one at a time.
class LineSplitter {
 public:
  explicit LineSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Calls take(line), without the newline, for every line that `bytes` completes. A line of more than the bound is
  // handed over as its first max_bytes + 1 bytes, so that the taker can tell; the rest of it is skipped.
  template <typename Take>
  void Append(std::string_view bytes, Take take) {
    while (!bytes.empty()) {
      const size_t newline = bytes.find('\n');
      Grow(bytes.substr(0, newline));
      if (newline == std::string_view::npos) return;
      take(std::exchange(line_, std::string()));
      bytes.remove_prefix(newline + 1);
    }
  }

  // What came after the last newline: a line its writer did not finish.
  const std::string& unfinished() const { return line_; }
  bool too_long() const { return line_.size() > max_bytes_; }

 private:
  void Grow(std::string_view part) { line_.append(part.substr(0, max_bytes_ + 1 - line_.size())); }

  const size_t max_bytes_;
  std::string line_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_LINE_SPLITTER_H_
