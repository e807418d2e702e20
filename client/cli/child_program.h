// One of our other programs, run for the length of a command: its output goes to a log file, its last lines are kept.
#ifndef CLIENT_CLI_CHILD_PROGRAM_H_
#define CLIENT_CLI_CHILD_PROGRAM_H_

#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/subprocess.h"

namespace winnow::cli {

// Path of the program `name`: beside the running program, else its plain name where PATH has it. kNotFound says both.
Result<std::string> FindProgram(const std::string& name);

// Threads    Kill() may come from any thread; the rest one at a time.
// Ownership  kills the program's process group in the destructor.
class ChildProgram {
 public:
  // `command` may hold "{lifeline}" (base/subprocess.h). `log` gets what the program writes to stderr, appended; where
  // it cannot be written only the last lines are kept.
  static Result<std::unique_ptr<ChildProgram>> Start(const std::vector<std::string>& command,
                                                     const std::filesystem::path& log);
  ~ChildProgram();

  // Waits for a byte on the program's stdout, its sign of being ready. kUnavailable with its last lines where it ends
  // before; kDeadlineExceeded.
  Status AwaitReady(std::chrono::milliseconds limit);

  // How it ended, waiting for that up to `limit` (0: just looks); none where it has not.
  std::optional<ExitState> AwaitEnd(std::chrono::milliseconds limit);

  // SIGTERM, and SIGKILL where it has not ended `grace` later.
  ExitState Stop(std::chrono::milliseconds grace);
  void Kill() { process_.Signal(SIGKILL); }

  // The last line it wrote to stderr, without time and level; empty where there is none. Of a program that has ended it
  // waits for what is still in the pipe.
  std::string LastLine();

 private:
  ChildProgram(Subprocess process, UniqueFd log);
  void Drain();

  Subprocess process_;
  const UniqueFd log_;
  const UniqueFd end_;  // readable once the process has ended; invalid where the kernel is too old
  bool ended_ = false;
  std::mutex mutex_;
  std::condition_variable drained_changed_;
  bool drained_ = false;
  std::string last_line_, unfinished_;
  std::thread drain_;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_CHILD_PROGRAM_H_
