// winnowd: the coordinator.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "base/logging.h"
#include "base/subprocess.h"
#include "server/rpc/embedded_server.h"
#include "server/rpc/program_version.h"

namespace winnow::server {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitUnavailable = 4;
constexpr Duration kGrace = std::chrono::seconds(4);  // everything has ended within 5 s of a signal

constexpr char kExamples[] = R"(
Examples:
  winnowd                                        serves this machine: 127.0.0.1:7070 and a socket in the data folder
  winnowd --data /srv/winnow --listen 0.0.0.0:7070 --tls-cert server.pem --tls-key server.key
                                                 serves a laboratory; workers join with winnow-worker --server HOST:7070
  winnowd --http 127.0.0.1:7071                  besides, /healthz and /metrics for monitoring

Exit codes: 0 ended by a signal, 2 usage, 4 could not start (port taken, data folder in use or not writable).)";

struct Flags {
  ServerOptions server;
  std::string data;
  int64_t lease_ttl_ms = 15000;
  bool embedded = false;
  int lifeline = -1;
  int ready_fd = -1;
  std::string log_level = "info";
};

std::string DefaultDataFolder() {
  if (const char* home = std::getenv("XDG_DATA_HOME"); home != nullptr && *home != '\0') {
    return std::string(home) + "/winnow";
  }
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.local/share/winnow" : "";
}

void AddFlags(CLI::App& app, Flags& flags) {
  flags.data = DefaultDataFolder();
  app.set_version_flag("--version", std::string("winnowd ") + kProgramVersion);
  app.footer(kExamples);
  app.add_option("--data", flags.data, "data folder: database, artifacts, logs, local socket")->capture_default_str();
  CLI::Option* const listen = app.add_option("--listen", flags.server.listen.tcp_address,
                                             "HOST:PORT to serve; \"none\" serves the local socket alone")
                                  ->capture_default_str();
  app.add_option("--tls-cert", flags.server.listen.tls_certificate, "certificate chain (PEM) for TLS on that port");
  app.add_option("--tls-key", flags.server.listen.tls_key, "its private key (PEM)");
  app.add_option("--tls-client-ca", flags.server.listen.tls_client_ca,
                 "clients must show a certificate of this authority (PEM)");
  app.add_option("--lease-ttl", flags.lease_ttl_ms, "a worker not heard of for so long loses its stages (e.g. 15s)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, int64_t>{{"ms", 1}, {"s", 1000}, {"m", 60000}},
                                        CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->check(CLI::Range(int64_t{200}, int64_t{3600} * 1000))
      ->default_str("15s");
  app.add_option("--http", flags.server.http_address, "HOST:PORT for /healthz and /metrics");
  app.add_option("--user-quota", flags.server.user_quota, "stages a user may have running at once; 0: any number")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--checkpoint-pages", flags.server.checkpoint_pages,
                 "pages of 4 KiB in the database's log from which on it is copied into the database; 0: 8000")
      ->check(CLI::Range(0, 10000000))
      ->capture_default_str();
  app.add_option("--log-level", flags.log_level, "how much to log to stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  app.add_option("--ready-fd", flags.ready_fd, "write a byte to this descriptor once serving");
  app.add_flag("--embedded", flags.embedded, "serve the local socket alone, for the program that started this one")
      ->excludes(listen);
  app.add_option("--lifeline", flags.lifeline, "end when this descriptor reaches its end");
}

void SayWhereItServes(const EmbeddedServer& server, const Flags& flags) {
  std::string where = server.tcp_address();
  if (!server.unix_address().empty()) where += (where.empty() ? "" : " and ") + server.unix_address();
  std::cerr << "winnowd: serving on " << where << ", data folder " << flags.data << std::endl;
  if (!server.http_address().empty()) {
    std::cerr << "winnowd: /healthz and /metrics on http://" << server.http_address() << std::endl;
  }
  const ListenOptions& listen = flags.server.listen;
  if (IsOpenToOthers(listen.tcp_address) && !listen.uses_tls()) {
    std::cerr << "winnowd: WARNING: " << server.tcp_address()
              << " is open to other machines without TLS: whoever reaches it can read results, submit sweeps and run "
                 "stages. Give --tls-cert and --tls-key (and --tls-client-ca), or listen on 127.0.0.1."
              << std::endl;
  }
}

// One line, whatever the message says.
int Fail(const Status& status) {
  std::cerr << "winnowd: " << status.message() << std::endl;
  return status.code() == StatusCode::kInvalidArgument ? kExitUsage : kExitUnavailable;
}

// Every connection takes a descriptor, and there may be thousands.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the limit of open files stays as it is");
}

int Serve(Flags flags) {
  // Blocked before the first thread starts, so that only the waiting below sees them.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  InitLogging("winnowd", flags.log_level);
  RaiseDescriptorLimit();
  if (flags.lifeline >= 0) WatchLifeline(flags.lifeline, 0);

  Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(flags.server, SystemClock());
  if (!server) return Fail(server.error());
  SayWhereItServes(**server, flags);
  if (flags.ready_fd >= 0) {
    if (::write(flags.ready_fd, "1", 1) != 1) spdlog::warn("nobody reads --ready-fd {}", flags.ready_fd);
    ::close(flags.ready_fd);
  }
  int signal = 0;
  sigwait(&ending, &signal);
  spdlog::info("{}: finishing running calls", strsignal(signal));
  (*server)->Stop(kGrace);
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app("winnowd: coordinates pruning sweeps over workers", "winnowd");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (flags.data.empty()) {
    return Fail(InvalidArgument("neither HOME nor XDG_DATA_HOME says where the data folder is; give --data DIR"));
  }
  if (flags.embedded || flags.server.listen.tcp_address == "none") flags.server.listen.tcp_address.clear();
  flags.server.data_folder = flags.data;
  flags.server.lease_ttl = std::chrono::milliseconds(flags.lease_ttl_ms);
  return Serve(std::move(flags));
}

}  // namespace
}  // namespace winnow::server

int main(int argc, char** argv) { return winnow::server::Main(argc, argv); }
