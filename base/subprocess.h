// A child process with pipes, in a process group of its own, that ends when its parent does.
//
// The child inherits the reading end of a "lifeline" pipe whose writing end only this process holds. When this process
// ends, however it ends, the child reads end-of-file there and must exit (within 2 s is the rule of this project).
#ifndef BASE_SUBPROCESS_H_
#define BASE_SUBPROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace winnow {

struct SubprocessOptions {
  std::vector<std::string> command;  // program (looked up in PATH when it has no slash) and arguments
  // Where "{lifeline}" stands in an argument it is replaced by the lifeline's descriptor number in the child.
  std::map<std::string, std::string> environment;  // added to this process's
  bool capture_stdout = true;                      // else inherited
  bool capture_stderr = true;                      // else inherited
};

// How a child ended.
struct ExitState {
  int exit_code = 0;             // meaningful when signal is 0
  int signal = 0;                // the signal that killed it, or 0
  std::string ToString() const;  // "exit code 3", "killed by signal 9 (Killed)"
};

// Spawned with posix_spawn: this process may have threads (gRPC's), so it never forks.
//
// Ownership  kills its process group and reaps the child in the destructor.
// Threads    one at a time, except Signal(), which may come from any thread while the object lives.
class Subprocess {
 public:
  // kNotFound with the program's name when there is no such program.
  static Result<Subprocess> Start(const SubprocessOptions& options);

  Subprocess(Subprocess&&) noexcept;
  Subprocess& operator=(Subprocess&&) noexcept;
  ~Subprocess();

  pid_t pid() const { return pid_; }
  // Reading ends; invalid where not captured.
  int stdout_fd() const { return stdout_.get(); }
  int stderr_fd() const { return stderr_.get(); }

  // Sends `signal` to the child's process group. Nothing happens once the child has been reaped: its number may be
  // another's by then.
  void Signal(int signal) const;
  // A descriptor that polls as readable once the child has ended, reaped or not. kUnimplemented on kernels before 5.3.
  Result<UniqueFd> OpenEndFd() const;

  // The end, if it has come. Never blocks.
  std::optional<ExitState> TryWait();
  // Blocks until the end.
  ExitState Wait();

  // Resident memory of the child in bytes, 0 once it has ended.
  uint64_t ResidentBytes() const;

 private:
  Subprocess() = default;
  void Shut();
  void Reap();

  pid_t pid_ = -1;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // of `reaped_`, for Signal()
  bool reaped_ = true;
  ExitState exit_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  UniqueFd lifeline_;
};

// Starts a thread that ends this process by _exit(exit_code) as soon as `fd` reaches end-of-file: the child's side of a
// lifeline.
void WatchLifeline(int fd, int exit_code);

// The folder of the running program, for finding its siblings (winnow-stage beside winnow-worker).
std::filesystem::path ProgramFolder();

}  // namespace winnow

#endif  // BASE_SUBPROCESS_H_
