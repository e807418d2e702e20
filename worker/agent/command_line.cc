#include "worker/agent/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "base/subprocess.h"
#include "worker/agent/machine.h"

namespace winnow::worker {
namespace {

constexpr char kVersion[] = "winnow-worker 0.1.0";
constexpr int64_t kMiB = int64_t{1} << 20;

constexpr char kFooter[] = R"(
Examples:
  winnow-worker --server unix:$HOME/.local/share/winnow/winnowd.sock
  winnow-worker --server lab:7070 --tls-ca lab.pem --data-root /srv/data --threads 8 --label room=b2

SIGTERM or SIGINT: running stages save their state and go back to the coordinator, then the worker ends. A second one
ends it at once.

Exit codes: 0 ended by a signal, 2 usage or no usable executor, 4 the coordinator was not reachable or another worker
has the name, 130 interrupted before the stages had saved their state.)";

struct Flags {
  std::string server, name, executor, work_dir, log_level = "info";
  client::TlsFiles tls;
  std::vector<std::string> data_roots, labels;
  int threads = 0;
  int64_t memory_mib = 0;
  int64_t cache_mib = 4096;
  double connect_timeout_s = 30;
  int lifeline = -1;
};

std::string DefaultWorkFolder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::string(cache) + "/winnow/worker";
  }
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.cache/winnow/worker" : "";
}

void AddFlags(CLI::App& app, Flags& flags) {
  flags.name = DefaultWorkerName();
  flags.executor = (ProgramFolder() / "winnow-stage").string();
  flags.threads = UsableCores();
  flags.memory_mib = std::max<int64_t>(256, UsableMemoryBytes() / kMiB * 8 / 10);
  flags.work_dir = DefaultWorkFolder();
  app.set_version_flag("--version", kVersion);
  app.footer(kFooter);
  app.add_option("--server", flags.server, "the coordinator: unix:/path/to/winnowd.sock or HOST:PORT")->required();
  app.add_option("--tls-ca", flags.tls.ca, "use TLS, and trust this authority (PEM)");
  app.add_option("--tls-cert", flags.tls.certificate, "this worker's certificate (PEM)");
  app.add_option("--tls-key", flags.tls.key, "its key (PEM)");
  app.add_flag("--tls", flags.tls.enabled, "use TLS, trusting the system's authorities");
  app.add_option("--name", flags.name, "the worker's name, [a-z0-9-]")->capture_default_str();
  app.add_option("--data-root", flags.data_roots, "where data sets lie, ROOT/NAME; may be repeated");
  app.add_option("--executor", flags.executor, "program that runs stages")->capture_default_str();
  app.add_option("--threads", flags.threads, "threads for stages, all together")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--memory-mib", flags.memory_mib, "memory for stages in MiB, all together")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->capture_default_str();
  app.add_option("--work-dir", flags.work_dir, "folder for running stages and kept artifacts")->capture_default_str();
  app.add_option("--cache-mib", flags.cache_mib, "how many MiB of artifacts to keep there")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 30))
      ->capture_default_str();
  app.add_option("--label", flags.labels, "KEY=VALUE, shown with the worker; may be repeated");
  app.add_option("--connect-timeout", flags.connect_timeout_s,
                 "seconds to wait for the coordinator at the start; later it is waited for without end")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--lifeline", flags.lifeline, "end when this descriptor reaches its end");
  app.add_option("--log-level", flags.log_level, "how much to log to stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
}

Result<CommandLine> FromFlags(const Flags& flags) {
  CommandLine line;
  WINNOW_ASSIGN_OR_RETURN(line.agent.server, client::ParseAddress(flags.server));
  line.agent.server.tls = flags.tls;
  line.agent.server.tls.enabled = flags.tls.enabled || !flags.tls.ca.empty() || !flags.tls.certificate.empty();
  if (!IsWorkerName(flags.name)) {
    return Err(InvalidArgument("--name: \"" + flags.name + "\" must be 1 to 63 of a-z, 0-9 and -; say, " +
                               WorkerNameFrom(flags.name)));
  }
  line.agent.name = flags.name;
  for (const std::string& root : flags.data_roots) line.agent.data_roots.emplace_back(root);
  for (const std::string& label : flags.labels) {
    const size_t equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Err(InvalidArgument("--label: \"" + label + "\" must be KEY=VALUE"));
    }
    line.agent.labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  if (flags.work_dir.empty()) return Err(InvalidArgument("--work-dir: give a folder; there is no $HOME to put one in"));
  line.agent.executor = flags.executor;
  line.agent.resources = {flags.threads, flags.memory_mib * kMiB};
  line.agent.work_folder = flags.work_dir;
  line.agent.cache_bytes = flags.cache_mib * kMiB;
  line.agent.connect_patience = std::chrono::milliseconds(static_cast<int64_t>(flags.connect_timeout_s * 1000));
  line.lifeline = flags.lifeline;
  line.log_level = flags.log_level;
  return line;
}

}  // namespace

Result<ParsedCommandLine> ParseCommandLine(const std::vector<std::string>& arguments) {
  CLI::App app("winnow-worker: runs the stages of sweeps on this machine", "winnow-worker");
  Flags flags;
  ParsedCommandLine parsed;
  try {
    AddFlags(app, flags);
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::CallForHelp&) {
    parsed.text = app.help();
    return parsed;
  } catch (const CLI::CallForVersion&) {
    parsed.text = std::string(kVersion) + "\n";
    return parsed;
  } catch (const CLI::Error& error) {
    return Err(InvalidArgument(std::string(error.what()) + "; see winnow-worker --help"));
  }
  WINNOW_ASSIGN_OR_RETURN(parsed.run, FromFlags(flags));
  return parsed;
}

}  // namespace winnow::worker
