#include "tests/integration/server/winnowd_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace winnow::server {
namespace {

constexpr int kPatienceMs = 60000;  // only a failing test waits it out

}  // namespace

WinnowdProcess::WinnowdProcess(const std::filesystem::path& data, std::vector<std::string> arguments)
    : unix_address_("unix:" + (data / "winnowd.sock").string()) {
  SubprocessOptions options;
  options.command = {WINNOWD, "--data", data, "--lifeline", "{lifeline}"};
  if (std::find(arguments.begin(), arguments.end(), "--listen") == arguments.end()) {
    options.command.insert(options.command.end(), {"--listen", "127.0.0.1:0"});
  }
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  Result<Subprocess> process = Subprocess::Start(options);
  EXPECT_TRUE(process) << process.error().ToString();
  process_.emplace(*std::move(process));
}

bool WinnowdProcess::ReadMore(int timeout_ms) {
  pollfd waiting{process_->stderr_fd(), POLLIN, 0};
  std::array<char, 4096> bytes{};
  if (::poll(&waiting, 1, timeout_ms) <= 0) return false;
  const ssize_t count = ::read(waiting.fd, bytes.data(), bytes.size());
  if (count <= 0) return false;
  errors_.append(bytes.data(), static_cast<size_t>(count));
  return true;
}

bool WinnowdProcess::WaitServing() {
  const std::string begin = "serving on ";
  while (true) {
    const size_t at = errors_.find(begin);
    if (at != std::string::npos && errors_.find('\n', at) != std::string::npos) {
      const size_t from = at + begin.size();
      tcp_address_ = errors_.substr(from, errors_.find_first_of(" ,", from) - from);
      return true;
    }
    if (!ReadMore(kPatienceMs)) return false;
  }
}

ExitState WinnowdProcess::Wait() {
  while (ReadMore(kPatienceMs)) {
  }
  return process_->Wait();
}

}  // namespace winnow::server
