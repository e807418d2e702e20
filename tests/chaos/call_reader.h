// Reads what client/lib/call_record.h writes, while it is being written.
#ifndef TESTS_CHAOS_CALL_READER_H_
#define TESTS_CHAOS_CALL_READER_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/json.h"
#include "base/unique_fd.h"
#include "tests/chaos/operation.h"

namespace winnow::chaos {

// The calls of one process, each told twice: when it began, and when its reply came. Calls that are no operations of
// the model are left out.
//
// Threads    one at a time.
class CallReader {
 public:
  CallReader(const std::filesystem::path& folder, int process);

  // Reads on. `ended` is called for every operation whose reply has come.
  void Poll(const std::function<void(const Operation&)>& ended);
  // The process has ended: what is still open has no reply. Appends everything to `history`.
  void Finish(const std::function<void(const Operation&)>& ended, History& history);

  int process() const { return process_; }

 private:
  void TakeLine(const std::string& line, const std::function<void(const Operation&)>& ended);

  const std::filesystem::path path_;
  const int process_;
  UniqueFd fd_;
  std::string rest_;                   // of a line that has not come whole
  std::map<int64_t, Operation> open_;  // by number
  History closed_;
};

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_CALL_READER_H_
