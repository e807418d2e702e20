// One simulated world whose parts share its clock, its dice and its history: over the size budget on purpose.
#include "tests/chaos/simulation.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/sha256.h"
#include "server/coordinator/coordinator.h"
#include "server/store/memory_store.h"
#include "spec/data_set.h"
#include "tests/chaos/awaited.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/synthetic_sweep.h"
#include "tests/support/temp_folder.h"

namespace winnow::chaos {
namespace {

using server::StoreReader;
using server::StoreWriter;
using Kind = Operation::Kind;
using MaybeLease = server::WorkerDesk::MaybeLease;

constexpr Duration kTtl = std::chrono::seconds(10);
constexpr int kWorkers = 4;
constexpr int kMaxSweeps = 4;
constexpr int kMostEndSteps = 1000;

// A worker as its agent would be: what it holds, and the request it repeats until it is answered.
struct Worker {
  std::string id;
  std::string acquire_request;
  std::vector<GrantedToken> held;
};

// A completion whose reply did not come: it is repeated.
struct OpenCompletion {
  server::CompleteCommand command;
  std::string worker;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed), memory_(server::MakeMemoryStore(&clock_)), store_(memory_.get()) {
    artifacts_ = *server::ArtifactStore::Open(folder_.path(), &clock_);
    logs_ = *server::AttemptLogs::Open(folder_.path());
    Restart();
    for (int i = 0; i < kWorkers; ++i) workers_.push_back(NewWorker());
  }
  ~Simulation() { StopCoordinator(); }

  SimulationOutcome Run(int steps) {
    Submit();
    for (int i = 0; i < steps; ++i) Step();
    is_disturbed_ = false;
    for (int i = 0; i < kMostEndSteps && !HasEnded(); ++i) CalmStep(i % 50 == 0);
    outcome_.operations = static_cast<int64_t>(history_.size());
    outcome_.findings = CheckHistory(history_, ReadFinalState());
    return std::move(outcome_);
  }

 private:
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  template <typename T>
  T& Pick(std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  void StopCoordinator() {
    if (coordinator_ == nullptr) return;
    coordinator_->Stop();
    coordinator_->Drain();
    Flush();
    coordinator_.reset();
  }

  void Restart() {
    StopCoordinator();
    server::CoordinatorOptions options;
    options.lease_ttl = kTtl;
    options.io_threads = 1;
    coordinator_ = std::make_unique<server::Coordinator>(&store_, artifacts_.get(), logs_.get(), &clock_, options);
    (void)coordinator_->Start();
  }

  // Until nothing is on its way: what a commit brings may submit once more.
  void Flush() {
    for (int i = 0; i < 4; ++i) (void)server::SubmitAndWait(*memory_, [](StoreWriter&) { return OkStatus(); });
  }

  Worker NewWorker() {
    Worker worker;
    worker.id = "w" + std::to_string(++last_worker_);
    return worker;
  }

  // As agents do when they are not known any more.
  void Register(const Worker& worker) {
    server::WorkerRecord record;
    record.id = worker.id;
    record.instance = worker.id;
    record.host_id = worker.id;
    record.threads = 2;
    record.memory_bytes = int64_t{8} << 30;
    for (const spec::StageKind kind : spec::kStageKinds) record.stage_versions[kind] = spec::StageKindVersion(kind);
    record.data_sets = {{"fashion-mnist", spec::FindDataSet("fashion-mnist")->digest}};
    Awaited<server::WorkerRecord> answer;
    coordinator_->workers().Register(record, answer.done());
    (void)answer.Get();
  }

  Operation& Begin(Kind kind, const std::string& request_id) {
    Operation& op = history_.emplace_back();
    op.kind = kind;
    op.begin = ++time_;
    op.request_id = request_id;
    return op;
  }

  // What the caller learns: of a lost reply nothing.
  bool LosesReply() {
    if (!is_disturbed_ || !Chance(10)) return false;
    ++outcome_.faults;
    return true;
  }
  void End(Operation& op, const Status& status, bool lost) {
    if (lost) return;
    op.end = ++time_;
    if (status.ok()) {
      op.outcome = Outcome::kAcknowledged;
    } else if (status.code() == StatusCode::kFailedPrecondition || status.code() == StatusCode::kNotFound ||
               status.code() == StatusCode::kInvalidArgument) {
      op.outcome = Outcome::kRefused;
      op.reason = status.reason();
    }
  }

  void Step() {
    switch (random_() % 14) {
      case 0:
        return Submit();
      case 1:
        return KillWorker();
      case 2:
        return FailCommits();
      case 3:
        return clock_.Advance(kTtl / 8 * static_cast<int>(random_() % 12));
      case 4:
        if (Chance(20)) Restart();
        return;
      case 5:
        return ReportLate();
      case 6:
        return Control();
      case 7:
        return Renew(Pick(workers_));
      case 8:
      case 9:
      case 10:
        return Acquire(Pick(workers_));
      default:
        return CompleteSomething();
    }
  }

  // Work without faults.
  void CalmStep(bool with_users) {
    if (with_users) LetGoOn();
    zombies_.clear();
    clock_.Advance(kTtl / 4);
    Flush();
    for (Worker& worker : workers_) Renew(worker);
    for (Worker& worker : workers_) Acquire(worker);
    for (int i = 0; i < 2 * kWorkers; ++i) CompleteSomething();
  }

  // What users had stopped.
  void LetGoOn() {
    for (const std::string& sweep : sweeps_) {
      Awaited<server::SweepView> resumed;
      coordinator_->sweeps().Pause(NewUuid(), sweep, false, resumed.done());
      (void)resumed.Get();
      Awaited<server::RetryAnswer> retried;
      coordinator_->sweeps().Retry(NewUuid(), sweep, server::RetryScope::kMissing, retried.done());
      (void)retried.Get();
    }
  }

  void Submit() {
    if (sweeps_.size() >= static_cast<size_t>(kMaxSweeps)) return;
    const int number = static_cast<int>(sweeps_.size()) + 1;
    const testing::SyntheticSweep sweep{.name = "s",
                                        .seed = (number + 1) / 2,  // every second one shares all its stages
                                        .spatial = 2,
                                        .winograd = 2,
                                        .data_digest = spec::FindDataSet("fashion-mnist")->digest};
    const std::string request_id = NewUuid();
    while (true) {  // repeated until it is answered, as clients do
      Operation& op = Begin(Kind::kSubmit, request_id);
      Awaited<server::CreatedSweep> answer;
      coordinator_->sweeps().Create({request_id, sweep.Spec(), false, ""}, answer.done());
      const Result<server::CreatedSweep> created = answer.Get();
      const bool lost = LosesReply();
      if (created) op.sweep = created->view.sweep.id;
      End(op, StatusOf(created), lost);
      if (!created || lost) continue;
      sweeps_.push_back(created->view.sweep.id);
      return;
    }
  }

  void Control() {
    if (sweeps_.empty()) return;
    const std::string sweep = Pick(sweeps_);
    if (Chance(10)) {
      Awaited<server::SweepView> answer;
      coordinator_->sweeps().Cancel(NewUuid(), sweep, answer.done());
      (void)answer.Get();
    } else if (Chance(30)) {
      Awaited<server::RetryAnswer> answer;
      coordinator_->sweeps().Retry(NewUuid(), sweep, server::RetryScope::kMissing, answer.done());
      (void)answer.Get();
    } else {
      Awaited<server::SweepView> answer;
      coordinator_->sweeps().Pause(NewUuid(), sweep, Chance(50), answer.done());
      (void)answer.Get();
    }
  }

  void KillWorker() {
    if (!Chance(30)) return;
    Worker& worker = Pick(workers_);
    ++outcome_.faults;
    for (const GrantedToken& token : worker.held) zombies_.push_back(token);
    std::erase_if(open_, [&](const OpenCompletion& open) { return open.worker == worker.id; });
    worker = NewWorker();
  }

  void FailCommits() {
    if (!Chance(50)) return;
    ++outcome_.faults;
    const int count = 1 + static_cast<int>(random_() % 3);
    if (Chance(50)) {
      store_.FailNext(Unavailable("no disk (simulated)"), count);
    } else {
      store_.LoseNext(Unavailable("a lost answer (simulated)"), count);
    }
  }

  void Renew(Worker& worker) {
    Operation& op = Begin(Kind::kRenew, "");
    op.worker = worker.id;
    for (const GrantedToken& token : worker.held) op.tokens.push_back(token.token);
    const auto report = coordinator_->workers().Renew(worker.id, worker.id, op.tokens);
    if (report) op.lost_tokens = report->lost;
    End(op, StatusOf(report), false);
    if (!report) return Register(worker);
    for (const std::string& lost : report->lost) Drop(worker, lost);
    for (const std::string& cancelled : report->cancelled) {
      server::CompleteCommand command;
      command.request_id = NewUuid();
      command.token = cancelled;
      command.outcome = server::AttemptCancelled();
      Complete(std::move(command), worker.id);
    }
  }

  void Drop(Worker& worker, const std::string& token) {
    const auto count = std::erase_if(worker.held, [&](const GrantedToken& held) { return held.token == token; });
    if (count > 0) ++outcome_.leases_lost;
    std::erase_if(open_, [&](const OpenCompletion& open) { return open.command.token == token; });
  }

  void Take(Worker& worker, const MaybeLease& lease, Operation& op) {
    if (!lease) return;
    op.granted = GrantedToken{lease->lease.token, lease->lease.stage, lease->lease.attempt};
    const auto is_same = [&](const GrantedToken& held) { return held.token == op.granted->token; };
    if (std::none_of(worker.held.begin(), worker.held.end(), is_same)) worker.held.push_back(*op.granted);
  }

  void Acquire(Worker& worker) {
    if (worker.held.size() >= 2) return;
    if (worker.acquire_request.empty()) worker.acquire_request = NewUuid();
    Operation& op = Begin(Kind::kAcquire, worker.acquire_request);
    op.worker = worker.id;
    Awaited<MaybeLease> answer;
    coordinator_->workers().Acquire(
        {worker.acquire_request, worker.id, worker.id, 2, int64_t{8} << 30, Duration::zero()}, answer.done());
    const Result<MaybeLease> granted = answer.Get();
    const bool lost = LosesReply();
    if (granted && !lost) Take(worker, *granted, op);
    End(op, StatusOf(granted), lost);
    if (lost) return;
    if (granted || granted.error().code() != StatusCode::kUnavailable) worker.acquire_request.clear();
    if (!granted && granted.error().code() == StatusCode::kNotFound) Register(worker);
  }

  void CompleteSomething() {
    if (!open_.empty() && Chance(70)) {  // a repeat of one that was not answered
      OpenCompletion open = open_.front();
      open_.erase(open_.begin());
      return Complete(std::move(open.command), open.worker);
    }
    std::vector<std::pair<std::string, GrantedToken>> held;
    for (const Worker& worker : workers_) {
      for (const GrantedToken& token : worker.held) {
        const auto is_open = [&](const OpenCompletion& open) { return open.command.token == token.token; };
        if (std::none_of(open_.begin(), open_.end(), is_open)) held.emplace_back(worker.id, token);
      }
    }
    if (held.empty()) return;
    const auto& [worker, token] = Pick(held);
    Complete(CommandFor(token), worker);
  }

  server::CompleteCommand CommandFor(const GrantedToken& token) {
    server::CompleteCommand command;
    command.request_id = NewUuid();
    command.token = token.token;
    if (is_disturbed_ && Chance(15)) {
      command.outcome = server::AttemptFailure{"INTERNAL", "it broke", true, ""};
    } else if (is_disturbed_ && Chance(10)) {
      command.outcome = server::AttemptReturn{};
    } else {
      const server::Artifact artifact{Sha256Hex("net of " + token.stage), 100, clock_.WallNow()};
      (void)server::SubmitAndWait(*memory_, [&](StoreWriter& writer) { return writer.PutArtifact(artifact); });
      command.outcome = server::AttemptSuccess{
          "{\"token\":\"" + token.token + "\"}", {{server::kCheckpointRole, artifact.digest}}, ""};
      command.measurements = {{"loss", 1, static_cast<double>(token.attempt)}};
    }
    command.acquire_next = Chance(50);
    command.free_threads = 2;
    command.free_memory_bytes = int64_t{8} << 30;
    return command;
  }

  // Somebody who was killed reports all the same.
  void ReportLate() {
    if (zombies_.empty()) return;
    const GrantedToken token = Pick(zombies_);
    server::CompleteCommand command = CommandFor(token);
    command.acquire_next = false;
    Complete(std::move(command), "");
  }

  void Complete(server::CompleteCommand command, const std::string& worker_id) {
    Operation& op = Begin(Kind::kComplete, command.request_id);
    op.token = command.token;
    if (const auto* const success = std::get_if<server::AttemptSuccess>(&command.outcome)) {
      op.is_success = true;
      op.payload = success->result_json;
      for (const server::Measurement& m : command.measurements) op.measured[{m.name, m.step}] = m.value;
    }
    Awaited<MaybeLease> answer;
    coordinator_->workers().Complete(command, answer.done());
    const Result<MaybeLease> next = answer.Get();
    const bool lost = LosesReply();
    const auto worker =
        std::find_if(workers_.begin(), workers_.end(), [&](const Worker& w) { return w.id == worker_id; });
    const bool is_unknown = lost || (!next && next.error().code() == StatusCode::kUnavailable);
    if (next && !lost && worker != workers_.end()) Take(*worker, *next, op);
    End(op, StatusOf(next), lost);
    if (next && !lost && op.is_success) ++outcome_.completions;
    if (worker == workers_.end()) return;
    if (is_unknown) {
      open_.push_back({std::move(command), worker_id});
    } else {
      std::erase_if(worker->held, [&](const GrantedToken& held) { return held.token == command.token; });
    }
  }

  bool HasEnded() {
    bool ended = true;
    (void)memory_->Read([&](const StoreReader& reader) {
      for (const std::string& id : sweeps_) {
        const Result<server::Sweep> sweep = reader.GetSweep(id);
        ended = ended && sweep && sweep->state == server::SweepState::kSucceeded;
      }
      return OkStatus();
    });
    return ended;
  }

  FinalState ReadFinalState() {
    FinalState final_state;
    (void)memory_->Read([&](const StoreReader& reader) -> Status {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const auto sweeps, reader.ListSweeps({1000, ""}));
      for (const server::Sweep& sweep : sweeps.items) {
        final_state.sweeps[sweep.id] = server::SweepStateName(sweep.state);
        WINNOW_ASSIGN_OR_RETURN_STATUS(const auto stages, reader.ListStages(sweep.id, {1000, ""}));
        for (const server::Stage& stage : stages.items) {
          FinalStage& read = final_state.stages[stage.key];
          read.state = server::StageStateName(stage.state);
          read.result_json = stage.result_json;
          WINNOW_ASSIGN_OR_RETURN_STATUS(const auto measurements, reader.ListMeasurements(stage.key, {1000, ""}));
          for (const server::Measurement& m : measurements.items) read.measured[{m.name, m.step}] = m.value;
        }
      }
      return OkStatus();
    });
    return final_state;
  }

  std::mt19937_64 random_;
  testing::FakeClock clock_;
  testing::TempFolder folder_;
  std::unique_ptr<server::Store> memory_;
  testing::FaultyStore store_;
  std::unique_ptr<server::ArtifactStore> artifacts_;
  std::unique_ptr<server::AttemptLogs> logs_;
  std::unique_ptr<server::Coordinator> coordinator_;
  std::vector<Worker> workers_;
  std::vector<GrantedToken> zombies_;
  std::vector<OpenCompletion> open_;
  std::vector<std::string> sweeps_;
  History history_;
  SimulationOutcome outcome_;
  bool is_disturbed_ = true;
  int last_worker_ = 0;
  int64_t time_ = 0;
};

}  // namespace

SimulationOutcome Simulate(uint64_t seed, int steps) { return Simulation(seed).Run(steps); }

}  // namespace winnow::chaos
