// winnow-worker: the agent of one machine.
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/logging.h"
#include "base/subprocess.h"
#include "worker/agent/command_line.h"
#include "worker/agent/worker_agent.h"

namespace winnow::worker {
namespace {

int Fail(const Status& status, int exit_code) {
  std::cerr << "winnow-worker: " << status.message() << std::endl;
  return exit_code;
}

// The program's own sign to the thread below that there is nothing to wait for any more.
constexpr int kDone = SIGUSR1;

// Blocked in every thread, so that one can wait for them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, kDone}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// The first signal ends the agent in good order, the second at once.
void AwaitSignals(const sigset_t& signals, WorkerAgent* agent) {
  int number = 0;
  sigwait(&signals, &number);
  if (number == kDone) return;
  spdlog::info("{}: stages save their state and are given back", strsignal(number));
  agent->Shutdown();
  sigwait(&signals, &number);
  if (number == kDone) return;
  agent->Kill();
  _exit(kExitInterrupted);  // executors that are left end by their lifelines
}

int Main(const std::vector<std::string>& arguments) {
  const sigset_t signals = BlockSignals();
  Result<ParsedCommandLine> parsed = ParseCommandLine(arguments);
  if (!parsed) return Fail(parsed.error(), kExitUsage);
  if (!parsed->run) {
    std::cout << parsed->text << std::flush;
    return kExitOk;
  }
  InitLogging("winnow-worker", parsed->run->log_level);
  if (parsed->run->lifeline >= 0) WatchLifeline(parsed->run->lifeline, kExitInterrupted);
  Result<std::unique_ptr<WorkerAgent>> agent = WorkerAgent::Create(std::move(parsed->run->agent), SystemClock());
  if (!agent) return Fail(agent.error(), kExitUsage);
  std::thread signal_thread([&signals, running = agent->get()] { AwaitSignals(signals, running); });
  const Status status = (*agent)->Run();
  pthread_kill(signal_thread.native_handle(), kDone);
  signal_thread.join();
  if (!status.ok()) return Fail(status, kExitUnavailable);
  spdlog::info("ended");
  return kExitOk;
}

}  // namespace
}  // namespace winnow::worker

int main(int argc, char** argv) { return winnow::worker::Main(std::vector<std::string>(argv + 1, argv + argc)); }
