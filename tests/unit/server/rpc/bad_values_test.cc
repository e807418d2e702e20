// Every unary call, with every field of its request set to every class of bad value: it must be refused with the right
// code, name the field, and change nothing.
//
// The classes follow from the field's type and name. A request that is good but for the one value comes from kGood; a
// method that is missing there fails the test, so that new ones get their place.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include <limits>
#include <set>

#include "base/json.h"
#include "spec/data_set.h"
#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// $ID a new UUID, $TOKEN that of a live lease, $STAGE and $CHECKPOINT the names of its stage and of an artifact that is
// there.
const std::map<std::string, std::string>& Good() {
  static const auto* const good = new std::map<std::string, std::string>{
      {"SweepService.CreateSweep", "request_id: '$ID' spec_json: '{}' user: 'ann'"},
      {"SweepService.GetSweep", "name: 'sweeps/a'"},
      {"SweepService.ListSweeps", "page_size: 1"},
      {"SweepService.CancelSweep", "request_id: '$ID' name: 'sweeps/a'"},
      {"SweepService.PauseSweep", "request_id: '$ID' name: 'sweeps/a'"},
      {"SweepService.ResumeSweep", "request_id: '$ID' name: 'sweeps/a'"},
      {"SweepService.StopSweep", "request_id: '$ID' name: 'sweeps/a'"},
      {"SweepService.RetrySweep", "request_id: '$ID' name: 'sweeps/a' scope: RETRY_SCOPE_FAILED"},
      {"TrialService.GetTrial", "name: 'sweeps/a/trials/f4-s30-w50'"},
      {"TrialService.ListTrials", "parent: 'sweeps/a' page_size: 1"},
      {"ResultsService.ListResults", "parent: 'sweeps/a' page_size: 1"},
      {"StageService.GetStage", "name: '$STAGE'"},
      {"StageService.ListStages", "parent: 'sweeps/a' page_size: 1"},
      {"StageService.ListMeasurements", "parent: '$STAGE' page_size: 1"},
      {"WorkerService.RegisterWorker",
       "request_id: '$ID' worker { name: 'workers/other' instance: 'i' host_id: 'h' threads: 1 memory_bytes: 1 "
       "stage_versions { kind: STAGE_KIND_TRAIN version: 1 } data_sets { name: 'fashion-mnist' digest: 'd' } }"},
      {"WorkerService.ListWorkers", "page_size: 1"},
      {"WorkerService.AcquireLease",
       "request_id: '$ID' worker: 'workers/w' instance: 'w-instance' free_threads: 0 free_memory_bytes: 0 wait {}"},
      {"WorkerService.RenewLeases", "worker: 'workers/w' instance: 'w-instance' tokens: '$TOKEN'"},
      {"WorkerService.AwaitCancellations", "worker: 'workers/w' instance: 'w-instance' wait {}"},
      {"WorkerService.ReportProgress",
       "token: '$TOKEN' measurements { name: 'loss' step: 1 value: 0.5 } progress { done: 1 total: 2 } "
       "resume { artifact: '$CHECKPOINT' epoch: 1 } log_offset: 0 log_content: 'x'"},
      {"WorkerService.CompleteStage",
       "request_id: '$ID' token: '$TOKEN' success { result_json: '{}' artifacts { role: 'checkpoint' artifact: "
       "'$CHECKPOINT' } } measurements { name: 'loss' step: 1 value: 0.5 } log_offset: 0 log_content: 'x' "
       "free_threads: 1 free_memory_bytes: 1"},
      {"WorkerService.UnregisterWorker", "worker: 'workers/w' instance: 'w-instance'"},
      {"WorkerService.DrainWorker", "name: 'workers/w' drain: true"},
      {"ArtifactService.GetArtifact", "name: '$CHECKPOINT'"},
      {"ServerService.GetServer", ""},
  };
  return *good;
}

// Fields that may hold anything: words of the worker's own, for people, or filled in by the coordinator.
bool IsFree(const FieldDescriptor& field) {
  static const auto* const free = new std::set<std::string>{
      "winnow.v1.CreateSweepRequest.validate_only", "winnow.v1.Worker.isa", "winnow.v1.Worker.numerics_class",
      "winnow.v1.Worker.fingerprint", "winnow.v1.Worker.fingerprint_json", "winnow.v1.Worker.state",
      "winnow.v1.Worker.running_stages", "winnow.v1.Worker.labels", "winnow.v1.Worker.draining",
      "winnow.v1.Worker.excluded_because", "winnow.v1.Worker.register_time", "winnow.v1.Worker.last_seen_time",
      "winnow.v1.Worker.instance", "winnow.v1.Worker.host_id", "winnow.v1.WorkerDataSet.digest",
      "winnow.v1.StageProgress.done", "winnow.v1.StageProgress.total", "winnow.v1.StageProgress.unit",
      "winnow.v1.StageProgress.note", "winnow.v1.StageSuccess.numerics_class", "winnow.v1.DrainWorkerRequest.drain",
      "winnow.v1.CompleteStageRequest.acquire_next",
      // Words that prove who calls: another one is another caller, not a malformed one.
      "winnow.v1.AcquireLeaseRequest.instance", "winnow.v1.RenewLeasesRequest.instance",
      "winnow.v1.RenewLeasesRequest.tokens", "winnow.v1.AwaitCancellationsRequest.instance",
      "winnow.v1.UnregisterWorkerRequest.instance"};
  return free->contains(field.full_name());
}

struct BadValue {
  std::string what;
  std::function<void(Message*)> set;  // of the message that holds the field
};

std::vector<BadValue> NumberValues(const FieldDescriptor* field) {
  const auto integer = [field](int64_t value) {
    return [field, value](Message* message) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        message->GetReflection()->SetInt32(message, field, static_cast<int32_t>(value));
      } else {
        message->GetReflection()->SetInt64(message, field, value);
      }
    };
  };
  return {{"-1", integer(-1)}, {"the smallest number", integer(std::numeric_limits<int32_t>::min())}};
}

std::vector<BadValue> TextValues(const FieldDescriptor* field) {
  const auto text = [field](std::string value) {
    return [field, value = std::move(value)](Message* message) {
      if (field->is_repeated()) return message->GetReflection()->SetRepeatedString(message, field, 0, value);
      message->GetReflection()->SetString(message, field, value);
    };
  };
  const std::string& name = field->name();
  if (name == "page_token") return {{"a foreign token", text("bm90IG91cnM")}, {"no token", text("!")}};
  if (name == "log_content") return {{"too much", text(std::string(300 << 10, 'x'))}};
  if (name == "spec_json" || name == "result_json") {
    return {
        {"no JSON", text("{")}, {"no object", text("[]")}, {"2 MiB", text("{\"x\":\"" + std::string(2 << 20, 'x'))}};
  }
  std::vector<BadValue> values = {{"300 bytes", text(std::string(300, 'x'))}};
  if (name == "user") return {{"64 bytes", text(std::string(64, 'u'))}, {"a space", text("a b")}};
  values.push_back({"nothing", text("")});
  if (name == "name" || name == "parent" || name == "worker" || name == "artifact") {
    if (field->containing_type()->name() != "Measurement" && field->containing_type()->name() != "WorkerDataSet") {
      values.push_back({"a wrong form", text("nonsense/../x")});
      values.push_back({"another collection", text("projects/p")});
    }
  }
  if (name == "request_id") values.push_back({"no UUID", text("1234")});
  return values;
}

std::vector<BadValue> BadValuesOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return NumberValues(field);
    case FieldDescriptor::CPPTYPE_STRING:
      return TextValues(field);
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const auto real = [field](double value) {
        return [field, value](Message* message) { message->GetReflection()->SetDouble(message, field, value); };
      };
      return {{"NaN", real(std::numeric_limits<double>::quiet_NaN())},
              {"infinity", real(std::numeric_limits<double>::infinity())}};
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto number = [field](int value) {
        return [field, value](Message* message) { message->GetReflection()->SetEnumValue(message, field, value); };
      };
      return {{"UNSPECIFIED", number(0)}, {"no value of it", number(99)}};
    }
    default:
      return {};
  }
}

class BadValues : public RpcFixture {
 protected:
  void SetUp() override {
    const std::string spec = DumpJson({{"name", "a"},
                                       {"model", {{"name", "lenet-5-3x3"}}},
                                       {"data", {{"name", "fashion-mnist"}}},
                                       {"spatial", {{"rates", {0.3}}}},
                                       {"winograd", {{"rates", {0.5}}}},
                                       {"tile_sizes", {4}},
                                       {"benchmark", {{"enabled", false}}}});
    v1::CreateSweepRequest create;
    create.set_request_id(NewUuid());
    create.set_spec_json(spec);
    ASSERT_TRUE(api_->CallRaw("/winnow.v1.SweepService/CreateSweep", create.SerializeAsString()).ok());
    ASSERT_TRUE(
        api_->Call(&WorkerStub::RegisterWorker,
                   "request_id: '" + NewUuid() +
                       "' worker { name: 'workers/w' instance: 'w-instance' host_id: 'h' threads: 8 memory_bytes: "
                       "68719476736 stage_versions { kind: STAGE_KIND_TRAIN version: 1 } data_sets { name: "
                       "'fashion-mnist' digest: '" +
                       spec::FindDataSet("fashion-mnist")->digest + "' } }")
            .ok());
    const auto lease =
        api_->Call(&WorkerStub::AcquireLease, "request_id: '" + NewUuid() +
                                                  "' worker: 'workers/w' instance: 'w-instance' free_threads: 8 "
                                                  "free_memory_bytes: 68719476736 wait {}");
    ASSERT_TRUE(lease.ok() && lease->has_lease()) << lease;
    token_ = lease->lease().token();
    stage_ = lease->lease().stage().name();
    checkpoint_ = Store("a checkpoint");
    Flush();
  }

  std::unique_ptr<Message> GoodRequest(const MethodDescriptor& method, const std::string& text) {
    auto* const factory = google::protobuf::MessageFactory::generated_factory();
    std::unique_ptr<Message> request(factory->GetPrototype(method.input_type())->New());
    std::string filled = text;
    for (const auto& [word, filler] : {std::pair<std::string, std::string>{"$ID", NewUuid()},
                                       {"$TOKEN", token_},
                                       {"$STAGE", stage_},
                                       {"$CHECKPOINT", checkpoint_}}) {
      for (size_t at = filled.find(word); at != std::string::npos; at = filled.find(word)) {
        filled.replace(at, word.size(), filler);
      }
    }
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(filled, request.get())) << filled;
    return request;
  }

  // Every field that is set or could be, down to the leaves.
  void TryAll(const MethodDescriptor& method, const std::string& text, std::vector<const FieldDescriptor*> path,
              const google::protobuf::Descriptor& type) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* const field = type.field(i);
      if (IsFree(*field)) continue;
      std::vector<const FieldDescriptor*> deeper = path;
      deeper.push_back(field);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const std::unique_ptr<Message> good = GoodRequest(method, text);
        if (Holder(good.get(), deeper) != nullptr) TryAll(method, text, deeper, *field->message_type());
        continue;
      }
      for (const BadValue& bad : BadValuesOf(field)) Try(method, text, path, *field, bad);
    }
  }

  // The message at the end of the path; null where the request has none.
  static Message* Holder(Message* message, const std::vector<const FieldDescriptor*>& path) {
    for (const FieldDescriptor* const field : path) {
      const auto* const reflection = message->GetReflection();
      if (field->is_repeated()) {
        if (reflection->FieldSize(*message, field) == 0) return nullptr;
        message = reflection->MutableRepeatedMessage(message, field, 0);
      } else {
        if (!reflection->HasField(*message, field)) return nullptr;
        message = reflection->MutableMessage(message, field);
      }
    }
    return message;
  }

  void Try(const MethodDescriptor& method, const std::string& text, const std::vector<const FieldDescriptor*>& path,
           const FieldDescriptor& field, const BadValue& bad) {
    const std::unique_ptr<Message> request = GoodRequest(method, text);
    bad.set(Holder(request.get(), path));
    SCOPED_TRACE(method.full_name() + " with " + field.full_name() + " set to " + bad.what);
    const int64_t revision = store_->revision();
    const Outcome outcome =
        api_->CallRaw("/" + method.service()->full_name() + "/" + method.name(), request->SerializeAsString());
    Flush();
    EXPECT_EQ(store_->revision(), revision) << "it changed something";
    // A token of the right form that proves nothing is no malformed one.
    const bool is_token = field.name() == "token" && outcome.reason == "LEASE_LOST";
    if (!is_token) {
      EXPECT_EQ(outcome.code, grpc::StatusCode::INVALID_ARGUMENT) << outcome;
    }
    EXPECT_FALSE(outcome.message.empty());
    ++tried_;
  }

  std::string token_;
  std::string stage_;
  std::string checkpoint_;
  int tried_ = 0;
};

TEST_F(BadValues, AreRefusedByEveryCall) {
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* const name : {"SweepService", "TrialService", "ResultsService", "StageService", "WorkerService",
                                 "ArtifactService", "ServerService"}) {
    const auto* const service = pool->FindServiceByName(std::string("winnow.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      if (method.client_streaming() || method.server_streaming()) continue;  // refusals_test.cc
      const auto good = Good().find(std::string(name) + "." + method.name());
      ASSERT_NE(good, Good().end()) << "give " << method.full_name() << " a place in Good()";
      TryAll(method, good->second, {}, *method.input_type());
    }
  }
  EXPECT_GT(tried_, 100);
}

TEST_F(BadValues, OversizedMessagesAreRefused) {
  v1::CreateSweepRequest request;
  request.set_request_id(NewUuid());
  request.set_spec_json(std::string(20 << 20, 'x'));
  const int64_t revision = store_->revision();
  const Outcome outcome = api_->CallRaw("/winnow.v1.SweepService/CreateSweep", request.SerializeAsString());
  EXPECT_EQ(outcome.code, grpc::StatusCode::RESOURCE_EXHAUSTED) << outcome;
  EXPECT_EQ(store_->revision(), revision);
}

}  // namespace
}  // namespace winnow::server
