// winnow-chaos: breaks a coordinator and its workers on purpose and checks what was promised.
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include "base/subprocess.h"
#include "tests/chaos/power_loss.h"
#include "tests/chaos/runs.h"

namespace winnow::chaos {
namespace {

constexpr int kExitFound = 1;
constexpr int kExitUsage = 2;

constexpr char kFooter[] = R"(
Examples:
  winnow-chaos --kills 1000 --trials 10000
  winnow-chaos --failpoints --seed 7
  winnow-chaos --power-loss --format json
  winnow-chaos --lost-replies 0.05 --trials 2000
  winnow-chaos --fencing

Real winnowd and winnow-worker processes with a scripted executor, the real API over a local socket; every call is
recorded and checked against a model (tests/chaos/history_checker.h). Needs the programs of preset chaos beside it.

Exit codes: 0 nothing found, 1 something found, or the run was void, 2 usage or it could not run.)";

struct Flags {
  int kills = 0;
  bool failpoints = false;
  bool power_loss = false;
  double lost_replies = -1;
  bool fencing = false;
  int rounds = 20;
  std::string format = "text";
  std::string folder;
  bool keep = false;
  RunOptions run;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.footer(kFooter);
  CLI::Option_group* const modes = app.add_option_group("what to break (one of them)");
  modes->add_option("--kills", flags.kills, "kill -9 at N random moments")->check(CLI::Range(1, 1000000));
  modes->add_flag("--failpoints", flags.failpoints, "let processes die at every failpoint, --rounds times each");
  modes->add_flag("--power-loss", flags.power_loss, "drop what was not synced, at every sync of a scripted run");
  modes->add_option("--lost-replies", flags.lost_replies, "lose the replies of a share P of the mutating calls")
      ->check(CLI::Range(0.0, 0.9));
  modes->add_flag("--fencing", flags.fencing, "stop workers past their leases, --rounds times");
  modes->require_option(1);
  app.add_option("--trials", flags.run.trials, "trials to submit (--kills, --lost-replies)")
      ->check(CLI::Range(2, 10000000))
      ->capture_default_str();
  app.add_option("--rounds", flags.rounds, "how often each failpoint fires, or a worker is stopped")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--workers", flags.run.workers, "worker processes, of 8 stages each")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seed", flags.run.seed, "of every random choice; printed with the result")->capture_default_str();
  app.add_option("--format", flags.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--folder", flags.folder, "an empty folder for data, logs and records; default: a temporary one");
  app.add_flag("--keep", flags.keep, "leave the folder; it is left anyway where something was found");
}

Result<Report> Run(const Flags& flags) {
  if (flags.kills > 0) return RunKills(flags.run, flags.kills);
  if (flags.failpoints) return RunFailpoints(flags.run, flags.rounds);
  if (flags.power_loss) return RunPowerLoss({flags.run.folder, flags.run.seed});
  if (flags.fencing) return RunFencing(flags.run, flags.rounds);
  return RunLostReplies(flags.run, flags.lost_replies);
}

int Main(int argc, char** argv) {
  CLI::App app("winnow-chaos: kills, cuts off and stops a coordinator and its workers, and checks what was promised",
               "winnow-chaos");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (flags.folder.empty()) {
    std::string pattern = std::filesystem::temp_directory_path() / "winnow-chaos-XXXXXX";
    flags.folder = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  flags.run.folder = std::filesystem::absolute(flags.folder);
  flags.run.bin = ProgramFolder();
  const Result<Report> report = Run(flags);
  if (!report) {
    std::cerr << "winnow-chaos: " << report.error().ToString() << "; see the logs in " << flags.folder << std::endl;
    return kExitUsage;
  }
  if (flags.format == "json") {
    std::cout << ToJson(*report).dump(2) << std::endl;
  } else {
    Print(*report, std::cout);
  }
  if (report->passed() && !flags.keep) {
    std::error_code ignored;
    std::filesystem::remove_all(flags.folder, ignored);
  } else {
    std::cerr << "winnow-chaos: data, logs and records are in " << flags.folder << std::endl;
  }
  return report->passed() ? 0 : kExitFound;
}

}  // namespace
}  // namespace winnow::chaos

int main(int argc, char** argv) { return winnow::chaos::Main(argc, argv); }
