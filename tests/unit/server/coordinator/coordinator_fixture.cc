#include "tests/unit/server/coordinator/coordinator_fixture.h"
#include "base/json.h"

namespace winnow::server {

CoordinatorFixture::CoordinatorFixture()
    : memory_(MakeMemoryStore(&clock_)), store_(std::make_unique<testing::FaultyStore>(memory_.get())) {
  artifacts_ = *ArtifactStore::Open(folder_.path(), &clock_);
  logs_ = *AttemptLogs::Open(folder_.path());
  Restart();
}

CoordinatorFixture::~CoordinatorFixture() { StopCoordinator(); }

void CoordinatorFixture::StopCoordinator() {
  if (coordinator_ == nullptr) return;
  coordinator_->Stop();
  coordinator_->Drain();
  Flush();
  coordinator_.reset();
}

void CoordinatorFixture::Restart() {
  StopCoordinator();
  CoordinatorOptions options;
  options.lease_ttl = kTtl;
  options.io_threads = 2;
  options.rules = rules_;
  coordinator_ = std::make_unique<Coordinator>(store_.get(), artifacts_.get(), logs_.get(), &clock_, options);
  const Status started = coordinator_->Start();
  ASSERT_TRUE(started.ok()) << started.ToString();
}

std::string CoordinatorFixture::Spec(const std::string& name, const std::string& changes) {
  Json spec = {{"name", name},
               {"model", {{"name", "lenet-5-3x3"}}},
               {"data", {{"name", "fashion-mnist"}}},
               {"spatial", {{"rates", {0.3}}}},
               {"winograd", {{"rates", {0.5}}}},
               {"tile_sizes", {4}},
               {"retries", {{"max_attempts", 2}}}};
  spec.update(*ParseJson(changes.empty() ? R"({"benchmark": {"enabled": false}})" : "{" + changes + "}"));
  return DumpJson(spec);
}

Result<SweepView> CoordinatorFixture::Create(const std::string& spec, const std::string& request_id) {
  Awaited<CreatedSweep> answer;
  coordinator_->sweeps().Create({request_id, spec, false, user_}, answer.done());
  Result<CreatedSweep> created = answer.Get();
  if (!created) return Err(created.error());
  comparison_ = std::move(created->comparison);
  return std::move(created->view);
}

Result<SweepView> CoordinatorFixture::Cancel(const std::string& sweep, const std::string& request_id) {
  Awaited<SweepView> answer;
  coordinator_->sweeps().Cancel(request_id, sweep, answer.done());
  return answer.Get();
}

Sweep CoordinatorFixture::GetSweep(const std::string& id) {
  const Result<Sweep> sweep = testing::Ask(*memory_, [&](const StoreReader& reader) { return reader.GetSweep(id); });
  EXPECT_TRUE(sweep) << sweep.error().ToString();
  return sweep.value_or(Sweep());
}

std::vector<Stage> CoordinatorFixture::Stages(const std::string& sweep) {
  const auto page = testing::Ask(*memory_, [&](const StoreReader& reader) {
    return reader.ListStages(sweep, {1000, ""});
  });
  EXPECT_TRUE(page) << page.error().ToString();
  return page ? page->items : std::vector<Stage>();
}

Stage CoordinatorFixture::StageOf(const std::string& sweep, const std::string& label) {
  for (Stage& stage : Stages(sweep)) {
    if (stage.label == label) return std::move(stage);
  }
  ADD_FAILURE() << "no stage " << label << " in " << sweep << ": " << StatesOf(sweep);
  return Stage();
}

std::vector<Trial> CoordinatorFixture::Trials(const std::string& sweep) {
  const auto page = testing::Ask(*memory_, [&](const StoreReader& reader) {
    return reader.ListTrials(sweep, {1000, ""});
  });
  EXPECT_TRUE(page) << page.error().ToString();
  return page ? page->items : std::vector<Trial>();
}

std::string CoordinatorFixture::StatesOf(const std::string& sweep) {
  std::string text;
  for (const Stage& stage : Stages(sweep)) {
    text += (text.empty() ? "" : ", ") + stage.label + " " + std::string(StageStateName(stage.state));
  }
  return text;
}

WorkerRecord CoordinatorFixture::Worker(const std::string& id) {
  WorkerRecord worker;
  worker.id = id;
  worker.instance = id + "-instance";
  worker.host_id = "host-of-" + id;
  worker.threads = 1;
  worker.memory_bytes = int64_t{8} << 30;
  worker.fingerprint = Sha256Hex("machine");
  worker.fingerprint_json = R"({"cpu":"test"})";
  for (const spec::StageKind kind : spec::kStageKinds) worker.stage_versions[kind] = spec::StageKindVersion(kind);
  worker.data_sets = {{"fashion-mnist", spec::FindDataSet("fashion-mnist")->digest}};
  return worker;
}

Result<WorkerRecord> CoordinatorFixture::Register(const WorkerRecord& worker) {
  Awaited<WorkerRecord> answer;
  coordinator_->workers().Register(worker, answer.done());
  return answer.Get();
}

Result<std::optional<GrantedLease>> CoordinatorFixture::Acquire(const std::string& worker, Duration wait,
                                                                const std::string& request_id) {
  Awaited<std::optional<GrantedLease>> answer;
  coordinator_->workers().Acquire({request_id, worker, worker + "-instance", 64, int64_t{1} << 40, wait},
                                  answer.done());
  return answer.Get();
}

GrantedLease CoordinatorFixture::MustAcquire(const std::string& worker, const std::string& label) {
  const auto granted = Acquire(worker);
  if (!granted) {
    ADD_FAILURE() << "no " << label << ": " << granted.error().ToString();
    return GrantedLease();
  }
  EXPECT_TRUE(granted->has_value()) << "nothing to lease instead of " << label;
  const GrantedLease lease = granted->value_or(GrantedLease());
  EXPECT_EQ(lease.stage.label, label);
  return lease;
}

CompleteCommand CoordinatorFixture::Success(const GrantedLease& granted) {
  CompleteCommand command;
  command.request_id = NewUuid();
  command.token = granted.lease.token;
  AttemptSuccess success{R"({"accuracy": 0.9, "images": 100})", {}, "test-class"};
  if (spec::MakesNet(granted.stage.kind)) {
    success.artifacts.push_back({kCheckpointRole, Sha256Hex("checkpoint of " + granted.stage.key)});
  }
  command.outcome = std::move(success);
  return command;
}

CompleteCommand CoordinatorFixture::Failure(const GrantedLease& granted, bool retryable) {
  CompleteCommand command;
  command.request_id = NewUuid();
  command.token = granted.lease.token;
  command.outcome = AttemptFailure{"INTERNAL", "it broke", retryable, "last words"};
  return command;
}

Result<std::optional<GrantedLease>> CoordinatorFixture::Complete(CompleteCommand command) {
  Awaited<std::optional<GrantedLease>> answer;
  coordinator_->workers().Complete(std::move(command), answer.done());
  return answer.Get();
}

void CoordinatorFixture::PutCheckpoint(const GrantedLease& granted) {
  const Artifact artifact{Sha256Hex("checkpoint of " + granted.stage.key), 100, clock_.WallNow()};
  const Status put = SubmitAndWait(*memory_, [&](StoreWriter& writer) { return writer.PutArtifact(artifact); });
  EXPECT_TRUE(put.ok()) << put.ToString();
}

GrantedLease CoordinatorFixture::RunOne(const std::string& worker, const std::string& label) {
  const GrantedLease granted = MustAcquire(worker, label);
  PutCheckpoint(granted);
  const auto done = Complete(Success(granted));
  EXPECT_TRUE(done) << done.error().ToString();
  return granted;
}

std::vector<std::string> CoordinatorFixture::RunAll(const std::string& worker) {
  std::vector<std::string> labels;
  while (true) {
    const auto granted = Acquire(worker);
    if (!granted || !granted->has_value() || labels.size() > 1000) return labels;
    labels.push_back((*granted)->stage.label);
    PutCheckpoint(**granted);
    const auto done = Complete(Success(**granted));
    EXPECT_TRUE(done) << done.error().ToString();
  }
}

Result<RenewalReport> CoordinatorFixture::Renew(const std::string& worker, const std::vector<std::string>& tokens) {
  return coordinator_->workers().Renew(worker, worker + "-instance", tokens);
}

void CoordinatorFixture::Advance(Duration by) {
  clock_.Advance(by);
  Flush();
}

void CoordinatorFixture::Flush() {
  const Status status = SubmitAndWait(*memory_, [](StoreWriter&) { return OkStatus(); });
  EXPECT_TRUE(status.ok()) << status.ToString();
}

}  // namespace winnow::server
