// What monitoring and generic clients find on the API's port besides the services.
#include <gmock/gmock.h>

#include <future>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class GrpcServerTest : public RpcFixture {};

TEST_F(GrpcServerTest, SaysThatItIsHealthy) {
  const Api::RawReply reply = api_->CallRaw("/grpc.health.v1.Health/Check", "");
  EXPECT_TRUE(reply.ok()) << reply;
  EXPECT_THAT(reply.messages, ElementsAre("\x08\x01"));  // status: SERVING
}

TEST_F(GrpcServerTest, ReflectsItsServices) {
  const std::string list_services = "\x3a\x01*";
  const Api::RawReply reply =
      api_->CallRaw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", list_services);
  EXPECT_TRUE(reply.ok()) << reply;
  ASSERT_EQ(reply.messages.size(), 1u);
  for (const char* service : {"Artifact", "Results", "Server", "Stage", "Sweep", "Trial", "Worker"}) {
    EXPECT_THAT(reply.messages[0], HasSubstr("winnow.v1." + std::string(service) + "Service"));
  }
}

TEST_F(GrpcServerTest, AnUnknownMethodIsUnimplemented) {
  EXPECT_EQ(api_->CallRaw("/winnow.v1.SweepService/Nonsense", "").code, grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, StoppingAnswersWhoWaits) {
  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  auto waiting =
      std::async(std::launch::async, [&] { return api_->Call(&WorkerStub::AcquireLease, worker.Asking(30)); });
  ASSERT_TRUE(winnow::testing::WaitFor([&] { return coordinator_->figures().load.waiting_workers == 1; }));
  StopServer(10s);
  const auto answer = waiting.get();
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_FALSE(answer->has_lease());
}

}  // namespace
}  // namespace winnow::server
