#include "tests/chaos/cluster.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sstream>
#include <utility>

#include "base/durable_file.h"
#include "base/json.h"
#include "tests/support/synthetic_sweep.h"

namespace winnow::chaos {
namespace {

constexpr char kRecords[] = "records";
constexpr char kFired[] = "fired";

std::string Script(int pause_ms) {
  return DumpJson(
      {{"*", Json::array({{{"do", "start"}},
                          {{"do", "resume"}, {"epoch", 1}},
                          {{"do", "event"},
                           {"event", {{"event", "measurement"}, {"name", "loss"}, {"step", 1}, {"value", 0.5}}}},
                          {{"do", "pause"}, {"ms", pause_ms}},
                          {{"do", "succeed"}, {"nonce", true}}})}});
}

std::string Milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + "ms";
}

}  // namespace

Result<std::unique_ptr<Cluster>> Cluster::Make(ClusterOptions options) {
  std::unique_ptr<Cluster> cluster(new Cluster(std::move(options)));
  WINNOW_RETURN_ERR_IF_ERROR(cluster->Prepare());
  return cluster;
}

Status Cluster::Prepare() {
  WINNOW_RETURN_IF_ERROR(MakeFolder(options_.folder / kRecords));
  WINNOW_RETURN_IF_ERROR(WriteFileDurably(options_.folder / "script.json", Script(options_.pause_ms)));
  WINNOW_ASSIGN_OR_RETURN_STATUS(data_digest_, testing::MakeDataSet(options_.folder / "data-sets"));
  // For this process's own calls; read when the first one is made.
  ::setenv("WINNOW_CALL_RECORDS", (options_.folder / kRecords).c_str(), 1);
  own_reader_ = std::make_unique<CallReader>(options_.folder / kRecords, ::getpid());
  client::ServerAddress address;
  address.target = "unix:" + (options_.folder / "data" / "winnowd.sock").string();
  WINNOW_ASSIGN_OR_RETURN_STATUS(connection_, client::Connection::Open(address, SystemClock()));
  client_ = std::make_unique<client::Client>(
      connection_.get(), client::CallPolicy{std::chrono::seconds(30), std::chrono::minutes(10), nullptr});
  return OkStatus();
}

Cluster::~Cluster() {
  for (auto& [process, worker] : workers_) worker.process.Signal(SIGKILL);
}

Result<Subprocess> Cluster::Start(std::vector<std::string> command, const std::string& log, Environment environment) {
  SubprocessOptions options;
  options.capture_stdout = false;
  options.capture_stderr = false;
  options.environment = std::move(environment);
  options.environment["WINNOW_CALL_RECORDS"] = options_.folder / kRecords;
  options.environment["WINNOW_FAILPOINT_LOG"] = options_.folder / kFired;
  options.environment["WINNOW_SCRIPT"] = options_.folder / "script.json";
  // The shell becomes the program, so the process is the same.
  options.command = {"/bin/sh", "-c", "exec \"$0\" \"$@\" >> '" + (options_.folder / log).string() + "' 2>&1"};
  options.command.insert(options.command.end(), command.begin(), command.end());
  return Subprocess::Start(options);
}

Status Cluster::StartCoordinator(const Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(
      Subprocess process,
      Start({options_.bin / "winnowd", "--data", options_.folder / "data", "--embedded", "--lease-ttl",
             Milliseconds(options_.lease_ttl), "--checkpoint-pages", "500", "--lifeline", "{lifeline}"},
            "winnowd.log", environment));
  coordinator_ = std::make_unique<Subprocess>(std::move(process));
  return OkStatus();
}

Result<int> Cluster::StartWorker(const Environment& environment) {
  const std::string name = "w" + std::to_string(++last_worker_);
  WINNOW_ASSIGN_OR_RETURN(Subprocess process, Start({options_.bin / "winnow-worker",
                                                     "--server",
                                                     connection_->address(),
                                                     "--name",
                                                     name,
                                                     "--executor",
                                                     options_.bin / "winnow_scripted_executor",
                                                     "--data-root",
                                                     options_.folder / "data-sets",
                                                     "--threads",
                                                     std::to_string(options_.threads),
                                                     "--memory-mib",
                                                     "65536",
                                                     "--work-dir",
                                                     options_.folder / "work" / name,
                                                     "--connect-timeout",
                                                     "600",
                                                     "--log-level",
                                                     "warn",
                                                     "--lifeline",
                                                     "{lifeline}"},
                                                    "workers.log", environment));
  const int pid = process.pid();
  workers_.emplace(pid, Worker{std::move(process), CallReader(options_.folder / kRecords, pid)});
  return pid;
}

void Cluster::KillCoordinator() {
  if (coordinator_ == nullptr) return;
  coordinator_->Signal(SIGKILL);
  coordinator_->Wait();
  coordinator_.reset();
}

void Cluster::Forget(int process) {
  const auto it = workers_.find(process);
  it->second.reader.Finish([this](const Operation& op) { Note(op); }, history_);
  workers_.erase(it);
  std::erase_if(live_leases_, [&](const auto& entry) { return entry.second.process == process; });
}

void Cluster::KillWorker(int process) {
  Worker& worker = workers_.at(process);
  worker.process.Signal(SIGKILL);
  worker.process.Wait();
  Forget(process);
}

void Cluster::SignalWorker(int process, int signal) { ::kill(workers_.at(process).process.pid(), signal); }

bool Cluster::CoordinatorHasEnded() {
  if (coordinator_ != nullptr && !coordinator_->TryWait()) return false;
  coordinator_.reset();
  return true;
}

bool Cluster::WorkerHasEnded(int process) {
  if (!workers_.at(process).process.TryWait()) return false;
  Forget(process);
  return true;
}

std::vector<int> Cluster::workers() const {
  std::vector<int> processes;
  for (const auto& [process, worker] : workers_) processes.push_back(process);
  return processes;
}

void Cluster::Note(const Operation& op) {
  if (op.kind == Operation::Kind::kComplete && op.outcome != Outcome::kUnknown) live_leases_.erase(op.token);
  if (op.kind == Operation::Kind::kComplete && op.outcome == Outcome::kAcknowledged && op.is_success) {
    ++acknowledged_completions_;
  }
  for (const std::string& token : op.lost_tokens) live_leases_.erase(token);
  if (op.granted && op.outcome == Outcome::kAcknowledged) {
    // An agent whose lease has run out says nothing of it: the next attempt does.
    std::erase_if(live_leases_, [&](const auto& entry) {
      return entry.second.stage == op.granted->stage && entry.second.attempt < op.granted->attempt;
    });
    live_leases_[op.granted->token] = {op.process, op.granted->stage, op.granted->attempt};
    LiveLease& last = last_leases_[op.granted->stage];
    if (op.granted->attempt > last.attempt) last = live_leases_[op.granted->token];
  }
}

std::optional<LiveLease> Cluster::LastLeaseOf(const std::string& stage) const {
  const auto it = last_leases_.find(stage);
  return it == last_leases_.end() ? std::nullopt : std::optional(it->second);
}

void Cluster::Poll() {
  const auto note = [this](const Operation& op) { Note(op); };
  own_reader_->Poll(note);
  for (auto& [process, worker] : workers_) worker.reader.Poll(note);
}

bool Cluster::AwaitCoordinator(Duration limit) {
  const SteadyTime end = SystemClock()->Now() + limit;
  client::ServerAddress address;
  address.target = connection_->address();
  while (SystemClock()->Now() < end) {
    // A connection of its own each time: one that has failed waits before it tries again.
    const auto fresh = client::Connection::Open(address, SystemClock());
    if (fresh && (*fresh)->Handshake(std::chrono::milliseconds(500))) return true;
    Poll();
    ::usleep(5000);
  }
  return false;
}

std::map<std::string, int64_t> Cluster::FiredFailpoints() const {
  std::map<std::string, int64_t> fired;
  std::istringstream lines(ReadFile(options_.folder / kFired).value_or(""));
  for (std::string name; std::getline(lines, name);) ++fired[name];
  return fired;
}

History Cluster::TakeHistory() {
  for (const int process : workers()) KillWorker(process);
  KillCoordinator();
  own_reader_->Finish([this](const Operation& op) { Note(op); }, history_);
  return std::move(history_);
}

}  // namespace winnow::chaos
