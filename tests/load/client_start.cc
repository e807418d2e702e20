#include "tests/load/client_start.h"

#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "client/lib/client.h"
#include "tests/load/percentile.h"
#include "tests/load/stage_supply.h"

namespace winnow::load {
namespace {

// One try a call, so that no fault of the coordinator's is hidden by a repeat.
constexpr client::CallPolicy kOneTry{std::chrono::seconds(60), Duration::zero(), nullptr};
// To connect: on two cores 256 handshakes take longer than a client gives one.
constexpr client::CallPolicy kPatient{std::chrono::seconds(10), std::chrono::seconds(60), nullptr};

struct Tally {
  std::mutex mutex;
  std::vector<double> submit_ms;
  int errors = 0;
  int locked = 0;
  std::string first_error;

  void Note(const Status& status) {
    if (status.ok()) return;
    std::lock_guard lock(mutex);
    ++errors;
    if (status.message().find("locked") != std::string::npos) ++locked;
    if (first_error.empty()) first_error = status.ToString();
  }
};

// A client's life: from nothing to a list of sweeps with its own in it.
void RunClient(const std::string& address, const std::string& spec, Tally& tally) {
  client::ServerAddress server;
  server.target = address;
  const SteadyTime begin = SystemClock()->Now();
  auto connection = client::Connection::Open(server, SystemClock());
  if (!connection) return tally.Note(connection.error());
  client::Client patient(connection->get(), kPatient);
  if (const auto connected = patient.ListSweeps(1); !connected) return tally.Note(connected.error());
  client::Client client(connection->get(), kOneTry);
  const auto created = client.CreateSweep(spec, false);
  if (!created) return tally.Note(created.error());
  const double ms = std::chrono::duration<double, std::milli>(SystemClock()->Now() - begin).count();
  const auto sweep = client.GetSweep(created->name());
  if (!sweep) return tally.Note(sweep.error());
  const auto sweeps = client.ListSweeps(10);
  if (!sweeps) return tally.Note(sweeps.error());
  std::lock_guard lock(tally.mutex);
  tally.submit_ms.push_back(ms);
}

}  // namespace

Result<Json> RunStart(const LoadOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<StageSupply> supply, StageSupply::Start(options));
  Tally tally;
  std::latch together(options.clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < options.clients; ++i) {
    threads.emplace_back([&, i] {
      const std::string spec = supply->SpecOf(i + 1, 1, 1);
      together.arrive_and_wait();
      RunClient(supply->coordinator().address(), spec, tally);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Json json = {{"mode", "start"},
               {"clients", options.clients},
               {"served", tally.submit_ms.size()},
               {"submit_ms", Distribution(tally.submit_ms)},
               {"locked", tally.locked},
               {"errors", tally.errors}};
  if (tally.errors > 0) json["first_error"] = tally.first_error;
  return json;
}

}  // namespace winnow::load
