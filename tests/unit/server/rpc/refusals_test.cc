// Every way in which a call can be refused for what it asks, method by method.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include <set>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What a call must answer to a request. $ID stands for a new UUID, $KEY for 64 digits that name nothing, $LONG for an
// id of 64 characters.
struct Refusal {
  std::string method;   // "SweepService.GetSweep"
  std::string request;  // text
  std::string message;  // a part of it
};

std::string Filled(std::string text) {
  const std::pair<std::string, std::string> fillers[] = {
      {"$ID", NewUuid()}, {"$KEY", std::string(64, 'a')}, {"$LONG", std::string(64, 'x')}};
  for (const auto& [word, filler] : fillers) {
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word)) {
      text.replace(at, word.size(), filler);
    }
  }
  return text;
}

class Refusals : public RpcFixture {
 protected:
  // By the method's name, so that tables can hold calls.
  Outcome Ask(const std::string& method, const std::string& text) {
    const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
    const auto* const descriptor = pool->FindMethodByName("winnow.v1." + method);
    if (descriptor == nullptr) {
      ADD_FAILURE() << "the API has no " << method;
      return Outcome();
    }
    auto* const factory = google::protobuf::MessageFactory::generated_factory();
    const std::unique_ptr<google::protobuf::Message> request(factory->GetPrototype(descriptor->input_type())->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(Filled(text), request.get())) << text;
    return api_->CallRaw("/" + descriptor->service()->full_name() + "/" + descriptor->name(),
                         request->SerializeAsString());
  }

  void ExpectAll(const std::vector<Refusal>& refusals, grpc::StatusCode code, const std::string& reason = "") {
    for (const Refusal& refusal : refusals) {
      SCOPED_TRACE(refusal.method + " {" + refusal.request + "}");
      const Outcome outcome = Ask(refusal.method, refusal.request);
      EXPECT_EQ(outcome.code, code) << outcome;
      EXPECT_THAT(outcome.message, HasSubstr(Filled(refusal.message)));
      EXPECT_EQ(outcome.reason, reason);
    }
  }
};

constexpr char kSweepForm[] = "sweeps/{";
constexpr char kStageForm[] = "stages/{64";
constexpr char kTrialForm[] = "sweeps/{sweep}/trials/{trial}";
constexpr char kWorkerForm[] = "workers/{1-63";
constexpr char kArtifactForm[] = "artifacts/sha256-{64";

// Requests that are good but for the name, whose place is $NAME.
struct Named {
  const char* method;
  const char* request;
};

constexpr Named kOnSweeps[] = {
    {"SweepService.GetSweep", "name: '$NAME'"},
    {"SweepService.CancelSweep", "request_id: '$ID' name: '$NAME'"},
    {"SweepService.WatchSweep", "name: '$NAME'"},
    {"TrialService.ListTrials", "parent: '$NAME'"},
    {"ResultsService.ListResults", "parent: '$NAME'"},
    {"StageService.ListStages", "parent: '$NAME'"},
    {"SweepService.PauseSweep", "request_id: '$ID' name: '$NAME'"},
    {"SweepService.ResumeSweep", "request_id: '$ID' name: '$NAME'"},
    {"SweepService.StopSweep", "request_id: '$ID' name: '$NAME'"},
    {"SweepService.RetrySweep", "request_id: '$ID' name: '$NAME' scope: RETRY_SCOPE_FAILED"},
};
constexpr Named kOnStages[] = {
    {"StageService.GetStage", "name: '$NAME'"},
    {"StageService.ListMeasurements", "parent: '$NAME'"},
    {"StageService.ReadStageLog", "name: '$NAME'"},
};
constexpr Named kOnTrials[] = {{"TrialService.GetTrial", "name: '$NAME'"}};
constexpr Named kOnWorkers[] = {
    {"WorkerService.AcquireLease", "request_id: '$ID' worker: '$NAME' instance: 'i' wait {}"},
    {"WorkerService.RenewLeases", "worker: '$NAME' instance: 'i'"},
    {"WorkerService.AwaitCancellations", "worker: '$NAME' instance: 'i' wait {}"},
    {"WorkerService.UnregisterWorker", "worker: '$NAME' instance: 'i'"},
    {"WorkerService.DrainWorker", "name: '$NAME' drain: true"},
};
constexpr Named kOnArtifacts[] = {
    {"ArtifactService.GetArtifact", "name: '$NAME'"},
    {"ArtifactService.ReadArtifact", "name: '$NAME'"},
};

template <size_t n>
std::vector<Refusal> WithNames(const Named (&calls)[n], const std::vector<std::string>& names,
                               const std::string& message = "") {
  std::vector<Refusal> refusals;
  for (const Named& call : calls) {
    for (const std::string& name : names) {
      std::string request = call.request;
      request.replace(request.find("$NAME"), 5, name);
      refusals.push_back({call.method, request, message.empty() ? name : message});
    }
  }
  return refusals;
}

const std::vector<std::string> kBadSweeps = {"",           "a",          "sweeps",     "sweeps/",  "sweeps/A",
                                             "sweeps/1a",  "sweeps/a_b", "sweeps/a/b", "Sweeps/a", "sweeps/$LONG",
                                             "stages/$KEY"};
const std::vector<std::string> kBadStages = {"", "stages/", "stages/abc", "stages/$KEYa", "$KEY", "stages/A$KEY"};
const std::vector<std::string> kBadTrials = {
    "", "sweeps/a", "sweeps/a/trials/", "sweeps/A/trials/dense", "sweeps/a/trials/DENSE", "trials/dense"};
const std::vector<std::string> kBadWorkers = {"", "workers/", "w", "workers/W", "workers/a b", "workers/$LONG"};
const std::vector<std::string> kBadArtifacts = {"", "$KEY", "artifacts/$KEY", "artifacts/sha256-abc",
                                                "artifacts/sha1-$KEY"};

TEST_F(Refusals, MalformedNames) {
  constexpr auto kCode = grpc::StatusCode::INVALID_ARGUMENT;
  ExpectAll(WithNames(kOnSweeps, kBadSweeps, kSweepForm), kCode);
  ExpectAll(WithNames(kOnStages, kBadStages, kStageForm), kCode);
  ExpectAll(WithNames(kOnTrials, kBadTrials, kTrialForm), kCode);
  ExpectAll(WithNames(kOnWorkers, kBadWorkers, kWorkerForm), kCode);
  ExpectAll(WithNames(kOnArtifacts, kBadArtifacts, kArtifactForm), kCode);
  for (const std::string& name : kBadArtifacts) {
    const Outcome outcome = Ask("ArtifactService.WriteArtifact", "artifact { name: '" + name + "' size_bytes: 0 }");
    EXPECT_EQ(outcome.code, kCode) << name << ": " << outcome;
    EXPECT_THAT(outcome.message, HasSubstr(kArtifactForm)) << name;
  }
}

TEST_F(Refusals, NamesOfNothing) {
  constexpr auto kCode = grpc::StatusCode::NOT_FOUND;
  ExpectAll(WithNames(kOnSweeps, {"sweeps/none"}), kCode);
  ExpectAll(WithNames(kOnStages, {"stages/$KEY"}), kCode);
  ExpectAll(WithNames(kOnTrials, {"sweeps/none/trials/dense"}), kCode);
  ExpectAll(WithNames(kOnWorkers, {"workers/none"}), kCode);
  ExpectAll(WithNames(kOnArtifacts, {"artifacts/sha256-$KEY"}), kCode);

  const std::string sweep = MustSubmit(*api_, SmallSpec("a"));
  ExpectAll(WithNames(kOnTrials, {sweep + "/trials/none"}), kCode);
  const std::string train = StageOf(sweep, "train").name();
  ExpectAll({{"StageService.ReadStageLog", "name: '" + train + "'", "has not been attempted yet"},
             {"StageService.ReadStageLog", "name: '" + train + "' attempt: 3", "has no attempt 3"}},
            kCode);
}

TEST_F(Refusals, TokensOfNoLease) {
  ExpectAll({{"WorkerService.ReportProgress", "token: 'stale'", "stop the stage"},
             {"WorkerService.CompleteStage", "request_id: '$ID' token: 'stale' cancelled {}", "stop the stage"}},
            grpc::StatusCode::FAILED_PRECONDITION, "LEASE_LOST");
}

// Calls that must carry a request id; its place is $REQUEST.
constexpr Named kMutating[] = {
    {"SweepService.CreateSweep", "$REQUEST spec_json: '{}'"},
    {"SweepService.CancelSweep", "$REQUEST name: 'sweeps/a'"},
    {"SweepService.PauseSweep", "$REQUEST name: 'sweeps/a'"},
    {"SweepService.ResumeSweep", "$REQUEST name: 'sweeps/a'"},
    {"SweepService.StopSweep", "$REQUEST name: 'sweeps/a'"},
    {"SweepService.RetrySweep", "$REQUEST name: 'sweeps/a' scope: RETRY_SCOPE_FAILED"},
    {"WorkerService.RegisterWorker", "$REQUEST worker { name: 'workers/w' }"},
    {"WorkerService.AcquireLease", "$REQUEST worker: 'workers/w' wait {}"},
    {"WorkerService.CompleteStage", "$REQUEST token: 't' cancelled {}"},
};

TEST_F(Refusals, RequestIdsThatAreNone) {
  const std::string uuid = NewUuid();
  for (const std::string& id : {std::string(), std::string("once"), uuid.substr(1), uuid + "0", "{" + uuid + "}",
                                "g" + uuid.substr(1), std::string(36, '-')}) {
    std::vector<Refusal> refusals;
    for (const Named& call : kMutating) {
      std::string request = call.request;
      request.replace(0, 8, id.empty() ? "" : "request_id: '" + id + "'");
      refusals.push_back({call.method, request, "request_id: expected a UUID"});
    }
    ExpectAll(refusals, grpc::StatusCode::INVALID_ARGUMENT);
  }
}

// Good lists but for what is added.
constexpr Named kLists[] = {
    {"SweepService.ListSweeps", ""},
    {"TrialService.ListTrials", "parent: 'sweeps/a'"},
    {"ResultsService.ListResults", "parent: 'sweeps/a'"},
    {"StageService.ListStages", "parent: 'sweeps/a'"},
    {"StageService.ListMeasurements", "parent: '$TRAIN'"},
    {"WorkerService.ListWorkers", ""},
};

TEST_F(Refusals, PagesThatCannotBe) {
  ASSERT_EQ(MustSubmit(*api_, SmallSpec("a")), "sweeps/a");
  const std::string train = StageOf("sweeps/a", "train").name();
  std::vector<Refusal> refusals;
  for (const Named& list : kLists) {
    std::string parent = list.request;
    if (const size_t at = parent.find("$TRAIN"); at != std::string::npos) parent.replace(at, 6, train);
    EXPECT_TRUE(Ask(list.method, parent).ok()) << list.method;
    refusals.push_back({list.method, parent + " page_size: -1", "page_size is -1"});
    for (const char* token : {"x", "0123456789abcdef", "0123456789abcdef3120322078", "zzzzzzzzzzzzzzzzzzzz"}) {
      refusals.push_back(
          {list.method, parent + " page_token: '" + token + "'", "page_token is not one that this list"});
    }
  }
  ExpectAll(refusals, grpc::StatusCode::INVALID_ARGUMENT);
}

const std::vector<Refusal> kOutOfRange = {
    {"SweepService.WatchSweep", "name: 'sweeps/a' after_revision: -1", "after_revision: must not be negative"},
    {"SweepService.WatchSweep", "name: 'sweeps/a' min_interval { seconds: -1 }", "min_interval: must not be negative"},
    {"SweepService.WatchSweep", "name: 'sweeps/a' min_interval { nanos: -1 }", "min_interval: must not be negative"},
    {"StageService.ReadStageLog", "name: 'stages/$KEY' attempt: -1", "attempt: must not be negative"},
    {"ArtifactService.WriteArtifact", "artifact { name: 'artifacts/sha256-$KEY' size_bytes: -1 }",
     "artifact.size_bytes: must not be negative"},
    {"WorkerService.AcquireLease", "request_id: '$ID' worker: 'workers/w' free_threads: -1", "free_threads"},
    {"WorkerService.AcquireLease", "request_id: '$ID' worker: 'workers/w' free_memory_bytes: -1", "free_memory_bytes"},
    {"WorkerService.AcquireLease", "request_id: '$ID' worker: 'workers/w' wait { seconds: -1 }", "wait: must not"},
    {"WorkerService.AwaitCancellations", "worker: 'workers/w' wait { seconds: -1 }", "wait: must not be negative"},
    {"WorkerService.ReportProgress", "", "token: expected 1 to 256 bytes"},
    {"WorkerService.ReportProgress", "token: 't' log_offset: -1", "log_offset: must not be negative"},
    {"WorkerService.ReportProgress", "token: 't' resume { artifact: 'x' }", kArtifactForm},
    {"WorkerService.ReportProgress", "token: 't' resume { artifact: 'artifacts/sha256-$KEY' epoch: -1 }",
     "resume.epoch: must not be negative"},
    {"WorkerService.ReportProgress", "token: 't' measurements { step: 1 }", "measurements.name: expected"},
    {"WorkerService.ReportProgress", "token: 't' measurements { name: 'loss' step: -1 }", "measurements.step"},
    {"WorkerService.ReportProgress", "token: 't' measurements { name: 'loss' value: nan }", "loss is not a finite"},
    {"WorkerService.ReportProgress", "token: 't' measurements { name: 'loss' value: inf }", "loss is not a finite"},
    {"WorkerService.CompleteStage", "request_id: '$ID' cancelled {}", "token: expected 1 to 256 bytes"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't'", "outcome: must be one of success, failure"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' success { result_json: '{' }", "success.result_json"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' success { result_json: '[1]' }",
     "success.result_json: expected a JSON object"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' success { result_json: '{}' artifacts {} }",
     "success.artifacts.role: expected"},
    {"WorkerService.CompleteStage",
     "request_id: '$ID' token: 't' success { result_json: '{}' artifacts { role: 'checkpoint' artifact: 'x' } }",
     kArtifactForm},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' failure {}", "failure.code: expected"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' given_back { resume {} }", kArtifactForm},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' cancelled {} free_threads: -1", "free_threads"},
    {"WorkerService.CompleteStage", "request_id: '$ID' token: 't' cancelled {} log_offset: -1", "log_offset"},
};

TEST_F(Refusals, ValuesOutOfRange) { ExpectAll(kOutOfRange, grpc::StatusCode::INVALID_ARGUMENT); }

TEST_F(Refusals, MoreThanACallTakes) {
  const auto report = [&](const v1::ReportProgressRequest& request) {
    return api_->Call(&WorkerStub::ReportProgress, request);
  };
  v1::ReportProgressRequest log;
  log.set_token("t");
  log.set_log_content(std::string((256 << 10) + 1, 'x'));
  EXPECT_EQ(report(log).code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(report(log).message, HasSubstr("at most 256 KiB a call, got 262145 bytes"));
  log.mutable_log_content()->pop_back();
  EXPECT_EQ(report(log).reason, "LEASE_LOST") << "256 KiB are allowed";

  v1::ReportProgressRequest many;
  many.set_token("t");
  for (int i = 0; i < 10001; ++i) many.add_measurements()->set_name("loss");
  EXPECT_EQ(report(many).code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(report(many).message, HasSubstr("at most 10000 a call, got 10001"));
  many.mutable_measurements()->RemoveLast();
  EXPECT_EQ(report(many).reason, "LEASE_LOST") << "10000 are allowed";

  const Outcome huge =
      Ask("SweepService.CreateSweep", "request_id: '$ID' spec_json: '" + std::string((1 << 20) + 1, ' ') + "'");
  EXPECT_EQ(huge.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(huge.message, HasSubstr("at most 1 MiB"));
}

// Registrations that are good but for one thing.
TEST_F(Refusals, WorkersThatCannotBe) {
  const ScriptedWorker worker(api_.get(), "w");
  struct Case {
    const char* member;  // is put over the good one
    const char* message;
  };
  const Case cases[] = {
      {"name: 'w'", kWorkerForm},
      {"name: ''", kWorkerForm},
      {"instance: ''", "worker.instance: expected 1 to 256 bytes"},
      {"host_id: ''", "worker.host_id: expected 1 to 256 bytes"},
      {"threads: 0", "worker.threads: must be at least 1"},
      {"threads: -1", "worker.threads: must be at least 1"},
      {"memory_bytes: 0", "worker.memory_bytes: must be at least 1"},
      {"fingerprint: 'abc'", "worker.fingerprint: expected 64"},
      {"stage_versions { kind: STAGE_KIND_UNSPECIFIED version: 1 }", "must not be STAGE_KIND_UNSPECIFIED"},
      {"stage_versions { version: 1 }", "must not be STAGE_KIND_UNSPECIFIED"},
      {"stage_versions { kind: STAGE_KIND_TRAIN }", "worker.stage_versions.version: must be at least 1"},
      {"data_sets { digest: 'x' }", "worker.data_sets.name: expected"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.member);
    v1::RegisterWorkerRequest request = worker.Registration();
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(bad.member, request.mutable_worker()));
    const auto refused = api_->Call(&WorkerStub::RegisterWorker, request);
    EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
    EXPECT_THAT(refused.message, HasSubstr(bad.message));
  }
  v1::RegisterWorkerRequest later = worker.Registration();
  later.mutable_worker()->add_stage_versions()->set_kind(static_cast<v1::StageKind>(77));
  const auto refused = api_->Call(&WorkerStub::RegisterWorker, later);
  EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
  EXPECT_THAT(refused.message, HasSubstr("is no stage kind of this API"));
  EXPECT_EQ(api_->Call(&WorkerStub::ListWorkers, "")->workers_size(), 0) << "one of them has been kept";
}

// A message must not be able to break a terminal or a log, however long the name that came.
TEST_F(Refusals, AreOfBoundedLength) {
  const Outcome outcome = Ask("SweepService.GetSweep", "name: '" + std::string(100000, 'x') + "'");
  EXPECT_EQ(outcome.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_LT(outcome.message.size(), 300u);
}

TEST_F(Refusals, ThereIsOneForEveryMethod) {
  std::set<std::string> refused = {"ArtifactService.WriteArtifact"};
  for (const auto& table : {WithNames(kOnSweeps, {""}), WithNames(kOnStages, {""}), WithNames(kOnTrials, {""}),
                            WithNames(kOnWorkers, {""}), WithNames(kOnArtifacts, {""}), kOutOfRange}) {
    for (const Refusal& refusal : table) refused.insert(refusal.method);
  }
  for (const Named& call : kMutating) refused.insert(call.method);
  for (const Named& call : kLists) refused.insert(call.method);
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* const file = pool->FindFileByName("winnow/v1/sweep.proto");
  ASSERT_NE(file, nullptr);
  for (const char* name : {"Artifact", "Results", "Stage", "Sweep", "Trial", "Worker"}) {
    const auto* const service = pool->FindServiceByName("winnow.v1." + std::string(name) + "Service");
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method = service->name() + "." + service->method(i)->name();
      EXPECT_TRUE(refused.contains(method)) << method;
    }
  }
}

}  // namespace
}  // namespace winnow::server
