// winnowd as a child of a test.
#ifndef TESTS_INTEGRATION_SERVER_WINNOWD_PROCESS_H_
#define TESTS_INTEGRATION_SERVER_WINNOWD_PROCESS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/subprocess.h"

namespace winnow::server {

// Ownership  kills the process in the destructor. Threads: one.
class WinnowdProcess {
 public:
  // On a free port of the loopback interface, unless `arguments` have another --listen.
  WinnowdProcess(const std::filesystem::path& data, std::vector<std::string> arguments = {});

  // Waits until it serves; false where it ends before, or does not within a minute.
  bool WaitServing();
  // "127.0.0.1:PORT", once it serves.
  const std::string& tcp_address() const { return tcp_address_; }
  const std::string& unix_address() const { return unix_address_; }
  pid_t pid() const { return process_->pid(); }

  void Signal(int signal) { process_->Signal(signal); }
  ExitState Wait();
  // All it wrote to stderr so far; after Wait() all of it.
  const std::string& errors() const { return errors_; }

 private:
  bool ReadMore(int timeout_ms);

  std::optional<Subprocess> process_;
  std::string errors_;
  std::string tcp_address_;
  const std::string unix_address_;
};

}  // namespace winnow::server

#endif  // TESTS_INTEGRATION_SERVER_WINNOWD_PROCESS_H_
