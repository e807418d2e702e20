#include "worker/agent/executor_description.h"

#include <poll.h>
#include <signal.h>

#include <cerrno>

#include "base/json.h"
#include "base/subprocess.h"

namespace winnow::worker {
namespace {

constexpr size_t kMaxOutputBytes = size_t{1} << 20;

std::string TextOf(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

// Reads both pipes to their ends. False when `limit` was over before.
bool ReadOutput(const Subprocess& process, Duration limit, std::string& out, std::string& err) {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  pollfd fds[2] = {{process.stdout_fd(), POLLIN, 0}, {process.stderr_fd(), POLLIN, 0}};
  std::string* const texts[2] = {&out, &err};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (::poll(fds, 2, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char bytes[4096];
      const ssize_t n = ::read(fds[i].fd, bytes, sizeof bytes);
      if (n > 0 && texts[i]->size() < kMaxOutputBytes) texts[i]->append(bytes, static_cast<size_t>(n));
      if (n == 0) fds[i].fd = -1;
    }
  }
  return true;
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Result<ExecutorDescription> ParseDescription(std::string_view text) {
  const Result<Json> object = ParseJson(text);
  if (!object || !object->is_object()) return Err(InvalidArgument("it printed no JSON object"));
  const auto protocol = object->find("protocol");
  if (protocol == object->end() || !protocol->is_number_integer()) {
    return Err(InvalidArgument("it names no protocol"));
  }
  if (*protocol != kExecutorProtocol) {
    return Err(InvalidArgument("it speaks protocol " + DumpJson(*protocol) + ", this agent protocol " +
                               std::to_string(kExecutorProtocol) + "; use an executor of this release"));
  }
  ExecutorDescription description;
  const auto versions = object->find("versions");
  if (versions == object->end() || !versions->is_object()) return Err(InvalidArgument("it names no stage versions"));
  for (const auto& [name, version] : versions->items()) {
    const auto kind = spec::FindStageKind(name);
    if (!version.is_number_integer()) return Err(InvalidArgument("its version of " + name + " is no integer"));
    if (kind) description.versions[*kind] = version.get<int>();
  }
  if (description.versions.empty()) return Err(InvalidArgument("it runs no kind of stage that this agent knows"));
  description.numerics_class = TextOf(*object, "numerics_class");
  description.isa = TextOf(*object, "isa");
  if (const auto fingerprint = object->find("fingerprint"); fingerprint != object->end() && fingerprint->is_object()) {
    description.fingerprint = TextOf(*fingerprint, "digest");
    description.fingerprint_json = DumpJson(*fingerprint);
  }
  return description;
}

Result<ExecutorDescription> DescribeExecutor(const std::filesystem::path& executor, Duration limit) {
  const std::string name = "executor " + executor.string();
  SubprocessOptions options;
  options.command = {executor.string(), "--describe"};
  Result<Subprocess> process = Subprocess::Start(options);
  if (!process) {
    return Err(Status(process.error().code(), process.error().message() +
                                                  "; name a stage executor with --executor PATH, or install "
                                                  "winnow-stage beside winnow-worker"));
  }
  std::string out, err;
  if (!ReadOutput(*process, limit, out, err)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
    return Err(FailedPrecondition(name + " did not answer --describe within " + std::to_string(seconds) + " s"));
  }
  const ExitState exit = process->Wait();
  if (exit.signal != 0 || exit.exit_code != 0) {
    const std::string last = LastLine(err);
    return Err(FailedPrecondition(name + " cannot run here: --describe ended with " + exit.ToString() +
                                  (last.empty() ? "" : ": " + last)));
  }
  Result<ExecutorDescription> description = ParseDescription(out);
  if (!description) {
    return Err(FailedPrecondition(name + " cannot be used: " + description.error().message()));
  }
  return description;
}

}  // namespace winnow::worker
