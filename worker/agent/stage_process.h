// A running stage executor: its event lines, its other output, its memory and its end.
#ifndef WORKER_AGENT_STAGE_PROCESS_H_
#define WORKER_AGENT_STAGE_PROCESS_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/subprocess.h"
#include "base/unique_fd.h"
#include "worker/agent/line_splitter.h"

namespace winnow::worker {

// Threads    Run() from one thread; Signal() from any while the object lives.
class StageProcess {
 public:
  // Called from Run(). None may be empty.
  struct Listener {
    std::function<void(std::string_view line)> event_line;     // a whole line of stdout
    std::function<void(std::string_view bytes)> other_output;  // of stderr
    std::function<void(uint64_t resident_bytes)> memory;       // about ten times a second
  };

  // Starts `EXECUTOR --request FILE --lifeline FD`. kNotFound, kPermissionDenied: it cannot be started.
  static Result<std::unique_ptr<StageProcess>> Start(const std::filesystem::path& executor,
                                                     const std::filesystem::path& request_file);

  // Reads until the executor has ended and its output has been taken. What it has started itself is killed then.
  ExitState Run(const Listener& listener);

  void Signal(int signal) { process_.Signal(signal); }
  // What its last line lacked to be one; empty where stdout ended with a newline.
  const std::string& unfinished_line() const { return lines_.unfinished(); }

 private:
  explicit StageProcess(Subprocess process);
  // Takes what is there now; false at the end of the pipe.
  bool ReadEvents(const Listener& listener);
  bool ReadOther(const Listener& listener);

  Subprocess process_;
  UniqueFd end_fd_;
  LineSplitter lines_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_STAGE_PROCESS_H_
