// winnow-load: how much a coordinator takes, and how fast it answers.
#include <stdlib.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <string>

#include "tests/load/client_start.h"
#include "tests/load/load_runs.h"

namespace winnow::load {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

constexpr char kFooter[] = R"(
Examples:
  winnow-load throughput --workers 64 --seconds 60 --data /tmp/load
  winnow-load latency --rounds 500
  winnow-load workers 1000 --active 200 --seconds 60
  winnow-load workers 10000 --active 0 --seconds 60
  winnow-load overhead --stages 10000 --slots 16
  winnow-load start --clients 256

A winnowd of its own (the one beside this program), synthetic workers in this process, each on a connection of its own
over the loopback interface. The store is as for users: synchronous=FULL, an answer leaves after the commit is durable.

Exit codes: 0 measured, 1 calls failed, 2 usage or it could not run.)";

struct Flags {
  LoadOptions load;
  std::string data;
  std::string format = "text";
};

// Thousands of connections need as many descriptors; winnowd inherits this.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void AddCommon(CLI::App& app, Flags& flags) {
  app.add_option("--data", flags.data, "data folder of the coordinator; default: a temporary one, removed at the end");
  app.add_option("--seed", flags.load.seed, "of the sweeps: with another one no stage is the same")
      ->capture_default_str();
  app.add_option("--format", flags.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--measurements", flags.load.measurements, "reported with each stage")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
}

void Print(const Json& json) {
  for (const auto& [name, value] : json.items()) std::cout << name << ": " << value.dump() << "\n";
}

int Run(Result<Json> (*run)(const LoadOptions&), Flags flags) {
  const bool is_temporary = flags.data.empty();
  if (is_temporary) {
    std::string pattern = std::filesystem::temp_directory_path() / "winnow-load-XXXXXX";
    flags.data = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  flags.load.data = std::filesystem::absolute(flags.data);
  Result<Json> json = run(flags.load);
  std::error_code ignored;
  if (is_temporary) std::filesystem::remove_all(flags.data, ignored);
  if (!json) {
    std::cerr << "winnow-load: " << json.error().ToString() << std::endl;
    return kExitUsage;
  }
  (*json)["seed"] = flags.load.seed;
  if (flags.format == "json") {
    std::cout << json->dump(2) << std::endl;
  } else {
    Print(*json);
  }
  return json->value("errors", 0) == 0 ? 0 : kExitFailed;
}

int Main(int argc, char** argv) {
  CLI::App app("winnow-load: measures a coordinator", "winnow-load");
  app.footer(kFooter);
  app.require_subcommand(1);
  Flags flags;
  CLI::App* const throughput = app.add_subcommand("throughput", "durable stage completions and measurements a second");
  throughput->add_option("--workers", flags.load.workers, "how many")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  CLI::App* const latency = app.add_subcommand("latency", "from a submission to its first lease at a waiting worker");
  latency->add_option("--rounds", flags.load.rounds, "submissions")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  CLI::App* const workers = app.add_subcommand("workers", "many connected workers, some of them busy");
  workers->add_option("N", flags.load.workers, "how many")->required()->check(CLI::Range(1, 100000));
  workers->add_option("--active", flags.load.active, "how many of them run stages")->capture_default_str();
  workers->add_option("--probes", flags.load.probes, "where none is active, so many more that do")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::App* const start = app.add_subcommand("start", "clients that begin at the same moment");
  start->add_option("--clients", flags.load.clients, "how many")->check(CLI::Range(1, 10000))->capture_default_str();
  CLI::App* const overhead = app.add_subcommand("overhead", "what scheduling adds to stages of one second");
  overhead->add_option("--stages", flags.load.stages, "how many")->check(CLI::Range(1, 1000000))->capture_default_str();
  overhead->add_option("--slots", flags.load.slots, "stages at once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  for (CLI::App* const command : {throughput, workers}) {
    command->add_option("--seconds", flags.load.seconds, "how long to measure")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
  }
  for (CLI::App* const command : {throughput, latency, workers, overhead, start}) AddCommon(*command, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  RaiseDescriptorLimit();
  if (latency->parsed()) {
    flags.load.workers = 1;
    return Run(RunLatency, flags);
  }
  if (start->parsed()) return Run(RunStart, flags);
  if (workers->parsed()) return Run(RunWorkers, flags);
  return Run(overhead->parsed() ? RunOverhead : RunThroughput, flags);
}

}  // namespace
}  // namespace winnow::load

int main(int argc, char** argv) { return winnow::load::Main(argc, argv); }
