// What users do with sweeps: submit, look, cancel.
#include <gmock/gmock.h>

#include <sstream>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SweepServiceTest : public RpcFixture {
 protected:
  Reply<v1::CreateSweepResponse> Create(const std::string& spec, bool validate_only = false) {
    v1::CreateSweepRequest request;
    request.set_request_id(NewUuid());
    request.set_spec_json(spec);
    request.set_validate_only(validate_only);
    return api_->Call(&SweepStub::CreateSweep, request);
  }
  Reply<v1::CancelSweepResponse> Cancel(const std::string& name) {
    return api_->Call(&SweepStub::CancelSweep, "request_id: '" + NewUuid() + "' name: '" + name + "'");
  }
  static std::vector<std::string> LinesOf(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(SweepServiceTest, CreatesAndShowsASweep) {
  const std::string spec = SmallSpec("a", 1, R"(, "description": "the first", "priority": 7)");
  const auto created = Create(spec);
  ASSERT_TRUE(created.ok()) << created;
  const v1::Sweep& sweep = created->sweep();
  EXPECT_EQ(sweep.name(), "sweeps/a");
  EXPECT_EQ(sweep.description(), "the first");
  EXPECT_EQ(sweep.priority(), 7);
  EXPECT_EQ(sweep.state(), v1::SWEEP_STATE_RUNNING);
  EXPECT_EQ(sweep.spec_json(), spec);
  EXPECT_EQ(sweep.trial_count(), 1);
  EXPECT_EQ(sweep.stage_total(), 5);
  EXPECT_EQ(sweep.stage_reused(), 0);
  EXPECT_EQ(sweep.stage_counts().queued(), 1);
  EXPECT_EQ(sweep.stage_counts().blocked(), 4);
  EXPECT_EQ(sweep.create_time().seconds() * 1000, ToUnixMillis(clock_.WallNow()));
  EXPECT_FALSE(sweep.has_end_time());
  EXPECT_EQ(GetSweep("sweeps/a").SerializeAsString(), sweep.SerializeAsString());
}

TEST_F(SweepServiceTest, SharesStagesOfAnEarlierSweep) {
  ASSERT_TRUE(Create(SmallSpec("a")).ok());
  const auto second = Create(SmallSpec("a"));
  ASSERT_TRUE(second.ok()) << second;
  EXPECT_EQ(second->sweep().name(), "sweeps/a-2");
  EXPECT_EQ(second->sweep().stage_reused(), 5);
}

TEST_F(SweepServiceTest, EveryFaultOfASpecOnALineOfItsOwn) {
  const auto refused = Create(R"({"name": "Bad Name", "model": {"name": "lenet-5-3x3", "width": 9},
                                  "data": {"name": "fashion-mnist"}, "spatial": {"rates": [0.5, 1.5]},
                                  "tile_sizes": [3], "nonsense": true})");
  EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
  EXPECT_THAT(LinesOf(refused.message),
              ::testing::UnorderedElementsAre(StartsWith("/name: "), StartsWith("/model/width: "),
                                              StartsWith("/spatial/rates/1: "), StartsWith("/tile_sizes/0: "),
                                              StartsWith("/nonsense: ")));
  EXPECT_EQ(api_->Call(&SweepStub::ListSweeps, "")->sweeps_size(), 0);
}

TEST_F(SweepServiceTest, ASpecThatIsNoJson) {
  for (const char* text : {"", "{", "[]", "null", "{\"name\": \"a\", \"name\": \"b\"}"}) {
    const auto refused = Create(text);
    EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << text << ": " << refused;
    EXPECT_FALSE(refused.message.empty()) << text;
  }
}

TEST_F(SweepServiceTest, APretrainedFileMustHaveBeenUploaded) {
  const std::string content = "weights";
  const std::string spec = R"({"name": "a", "model": {"name": "lenet-5-3x3", "pretrained": {"sha256": ")" +
                           Sha256Hex(content) + R"("}}, "data": {"name": "fashion-mnist"}, "training": {"epochs": 0},
                               "benchmark": {"enabled": false}})";
  const auto refused = Create(spec);
  EXPECT_EQ(refused.code, grpc::StatusCode::FAILED_PRECONDITION) << refused;
  EXPECT_EQ(refused.reason, "ARTIFACT_MISSING");
  EXPECT_THAT(refused.message, HasSubstr("upload it first"));
  const std::string artifact = Store(content);
  ASSERT_TRUE(Create(spec).ok());
  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  const auto lease = worker.Acquire();
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->pretrained(), artifact);
}

TEST_F(SweepServiceTest, ValidatingStoresNothing) {
  const auto planned = Create(SmallSpec("a"), /*validate_only=*/true);
  ASSERT_TRUE(planned.ok()) << planned;
  EXPECT_EQ(planned->sweep().name(), "sweeps/a");
  EXPECT_EQ(planned->sweep().stage_total(), 5);
  EXPECT_EQ(api_->Call(&SweepStub::ListSweeps, "")->sweeps_size(), 0);
  EXPECT_EQ(api_->Call(&SweepStub::GetSweep, "name: 'sweeps/a'").code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Create("{}", /*validate_only=*/true).code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(SweepServiceTest, CancellingStopsWhatRuns) {
  ASSERT_TRUE(Create(SmallSpec("a")).ok());
  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  const auto lease = worker.Acquire();
  ASSERT_TRUE(lease);
  const auto cancelled = Cancel("sweeps/a");
  ASSERT_TRUE(cancelled.ok()) << cancelled;
  EXPECT_EQ(cancelled->sweep().state(), v1::SWEEP_STATE_CANCELLING);
  EXPECT_EQ(cancelled->sweep().stage_counts().running(), 1) << "until its worker has ended it";
  EXPECT_EQ(StageOf("sweeps/a", "train").state(), v1::STAGE_STATE_CANCELLING);

  v1::CompleteStageRequest end;
  end.set_request_id(NewUuid());
  end.set_token(lease->token());
  end.mutable_cancelled();
  ASSERT_TRUE(worker.Complete(end).ok());
  const v1::Sweep sweep = GetSweep("sweeps/a");
  EXPECT_EQ(sweep.state(), v1::SWEEP_STATE_CANCELLED);
  EXPECT_EQ(sweep.stage_counts().cancelled(), 5);
  EXPECT_FALSE(sweep.reason().empty());
  EXPECT_TRUE(sweep.has_end_time());
}

TEST_F(SweepServiceTest, AnEndedSweepStaysAsItIs) {
  ASSERT_TRUE(Create(SmallSpec("a")).ok());
  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  EXPECT_EQ(worker.RunAll(), 5);
  const v1::Sweep ended = GetSweep("sweeps/a");
  EXPECT_EQ(ended.state(), v1::SWEEP_STATE_SUCCEEDED);
  const auto cancelled = Cancel("sweeps/a");
  ASSERT_TRUE(cancelled.ok()) << cancelled;
  EXPECT_EQ(cancelled->sweep().SerializeAsString(), ended.SerializeAsString());
}

}  // namespace
}  // namespace winnow::server
