// Ctrl-C, SIGTERM and SIGHUP of a command that waits for something.
#ifndef CLIENT_CLI_INTERRUPTS_H_
#define CLIENT_CLI_INTERRUPTS_H_

#include <functional>
#include <mutex>

namespace winnow::cli {

// Threads: safe for concurrent use.
class Interrupts {
 public:
  // How many came so far.
  int count() const;

  // Calls `handle(count)` for every further one, on a thread of this object's; null: nobody. Returns when a handler
  // that runs has ended, unless called from it. Not called for those that came before: look at count().
  void SetHandler(std::function<void(int)> handle);

  // Counts one and calls the handler. What the signal's thread does; tests call it themselves.
  void Raise();

  // From now on the signals come here instead of ending the process. Once a process.
  void CatchSignals();

 private:
  mutable std::mutex mutex_;
  std::recursive_mutex handling_;
  std::function<void(int)> handle_;
  int count_ = 0;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_INTERRUPTS_H_
