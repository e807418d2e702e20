// Clients of another version of the API are told so by every method but GetServer, which is there to tell them.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;

constexpr const char* kServices[] = {"Artifact", "Results", "Stage", "Sweep", "Trial", "Worker"};

class ApiVersion : public RpcFixture {};

// Every method there is, with an empty request: the version is looked at before the request.
TEST_F(ApiVersion, AnotherOneIsRefusedByEveryMethod) {
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  int methods = 0;
  for (const char* name : kServices) {
    const auto* const service = pool->FindServiceByName("winnow.v1." + std::string(name) + "Service");
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i, ++methods) {
      const std::string path = "/" + service->full_name() + "/" + service->method(i)->name();
      for (const char* version : {"2", "0", "one", "1.0"}) {
        SCOPED_TRACE(path + " in version " + version);
        api_->api_version = version;
        const Outcome refused = api_->CallRaw(path, "");
        EXPECT_EQ(refused.code, grpc::StatusCode::FAILED_PRECONDITION) << refused;
        EXPECT_EQ(refused.reason, "API_VERSION");
        EXPECT_THAT(refused.message, HasSubstr(std::string("version ") + version + " of the API"));
        EXPECT_THAT(refused.message, HasSubstr("this coordinator version 1"));
      }
    }
  }
  EXPECT_EQ(methods, 28);
}

TEST_F(ApiVersion, NoneIsLetThrough) {
  api_->api_version = "";
  EXPECT_TRUE(api_->Call(&SweepStub::ListSweeps, "").ok());
  const std::string artifact = Store("bytes");
  auto download = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + artifact + "'");
  EXPECT_EQ(download.All().size(), 1u);
  EXPECT_TRUE(download.Finish().ok());
}

TEST_F(ApiVersion, GetServerAnswersAnyone) {
  for (const char* version : {"", "1", "2"}) {
    api_->api_version = version;
    const auto server = api_->Call(&ServerStub::GetServer, "");
    ASSERT_TRUE(server.ok()) << server;
    EXPECT_EQ(server->server().api_version(), 1);
  }
}

TEST_F(ApiVersion, ServerSaysWhatItIs) {
  const auto first = api_->Call(&ServerStub::GetServer, "");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_FALSE(first->server().version().empty());
  EXPECT_TRUE(IsUuid(first->server().instance()));
  EXPECT_EQ(first->server().start_time().seconds() * 1000, ToUnixMillis(clock_.WallNow()));
  MustSubmit(*api_, SmallSpec("a"));
  const auto second = api_->Call(&ServerStub::GetServer, "");
  EXPECT_EQ(second->server().instance(), first->server().instance());
  EXPECT_GT(second->server().revision(), first->server().revision());
}

}  // namespace
}  // namespace winnow::server
