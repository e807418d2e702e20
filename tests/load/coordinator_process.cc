#include "tests/load/coordinator_process.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "base/clock.h"
#include "base/durable_file.h"

namespace winnow::load {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

}  // namespace

Result<std::unique_ptr<CoordinatorProcess>> CoordinatorProcess::Start(const std::filesystem::path& data) {
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(data));
  const std::filesystem::path log = data / "winnowd.log";
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  SubprocessOptions options;
  options.capture_stdout = false;
  options.capture_stderr = false;
  // The shell becomes the program, so the process is the same.
  options.command = {"/bin/sh",
                     "-c",
                     "exec \"$0\" \"$@\" 2> '" + log.string() + "'",
                     ProgramFolder() / "winnowd",
                     "--data",
                     data,
                     "--listen",
                     "127.0.0.1:0",
                     "--log-level",
                     "warn",
                     "--lifeline",
                     "{lifeline}"};
  WINNOW_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(options));
  const std::string begin = "serving on ";
  const SteadyTime end = SystemClock()->Now() + kPatience;
  while (SystemClock()->Now() < end && !process.TryWait()) {
    const std::string said = ReadFile(log).value_or("");
    const size_t at = said.find(begin);
    if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
      const size_t from = at + begin.size();
      const std::string address = said.substr(from, said.find_first_of(" ,", from) - from);
      return std::unique_ptr<CoordinatorProcess>(new CoordinatorProcess(std::move(process), address));
    }
    ::usleep(5000);
  }
  return Err(Unavailable("winnowd does not serve: " + ReadFile(log).value_or("it wrote nothing")));
}

int64_t CoordinatorProcess::PeakMemory() const {
  std::ifstream status("/proc/" + std::to_string(process_.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

double CoordinatorProcess::ProcessorSeconds() const {
  std::ifstream file("/proc/" + std::to_string(process_.pid()) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace winnow::load
