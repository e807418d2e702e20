// A whole coordinator in one process: what it needs to start, what it leaves behind.
#include "server/rpc/embedded_server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/server/rpc/scripted_worker.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Duration kGrace = std::chrono::seconds(5);

class EmbeddedServerTest : public ::testing::Test {
 protected:
  ServerOptions Options(const std::string& folder = "data") const {
    ServerOptions options;
    options.data_folder = folder_ / folder;
    options.listen.tcp_address = "127.0.0.1:0";
    return options;
  }
  static std::unique_ptr<EmbeddedServer> MustStart(const ServerOptions& options) {
    Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(options, SystemClock());
    EXPECT_TRUE(server) << server.error().ToString();
    return server ? *std::move(server) : nullptr;
  }
  static Status ErrorOf(const ServerOptions& options) {
    const auto server = EmbeddedServer::Start(options, SystemClock());
    return server ? OkStatus() : server.error();
  }

  winnow::testing::TempFolder folder_;
};

TEST_F(EmbeddedServerTest, ServesBothAddresses) {
  const auto server = MustStart(Options());
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(server->tcp_address(), StartsWith("127.0.0.1:"));
  EXPECT_EQ(server->unix_address(), "unix:" + (folder_ / "data" / "winnowd.sock").string());
  EXPECT_EQ(server->http_address(), "");
  for (const std::string& address : {server->tcp_address(), server->unix_address()}) {
    Api api(address);
    const auto reply = api.Call(&ServerStub::GetServer, "");
    EXPECT_TRUE(reply.ok()) << address << ": " << reply;
  }
}

TEST_F(EmbeddedServerTest, KeepsWhatItWasToldForTheNextOne) {
  auto server = MustStart(Options());
  ASSERT_NE(server, nullptr);
  {
    Api api(server->unix_address());
    EXPECT_EQ(MustSubmit(api, SmallSpec("a")), "sweeps/a");
  }
  server->Stop(kGrace);
  server->Stop(kGrace);  // does no more
  server = MustStart(Options());
  ASSERT_NE(server, nullptr);
  Api api(server->unix_address());
  const auto sweep = api.Call(&SweepStub::GetSweep, "name: 'sweeps/a'");
  ASSERT_TRUE(sweep.ok()) << sweep;
  EXPECT_EQ(sweep->sweep().state(), v1::SWEEP_STATE_RUNNING);
}

TEST_F(EmbeddedServerTest, OneAtATimeHasTheFolder) {
  const auto server = MustStart(Options());
  ASSERT_NE(server, nullptr);
  const Status refused = ErrorOf(Options());
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused.ToString();
  EXPECT_THAT(refused.message(), HasSubstr((folder_ / "data").string()));
  EXPECT_THAT(refused.message(), HasSubstr(std::to_string(::getpid())));
  Api api(server->unix_address());
  EXPECT_TRUE(api.Call(&ServerStub::GetServer, "").ok()) << "the first one has lost its socket";
}

TEST_F(EmbeddedServerTest, ATakenPortIsNamedAndLeavesTheFolderFree) {
  const auto server = MustStart(Options());
  ASSERT_NE(server, nullptr);
  ServerOptions second = Options("other");
  second.listen.tcp_address = server->tcp_address();
  const Status refused = ErrorOf(second);
  EXPECT_EQ(refused.code(), StatusCode::kUnavailable) << refused.ToString();
  EXPECT_THAT(refused.message(), HasSubstr(server->tcp_address()));
  EXPECT_NE(MustStart(Options("other")), nullptr);
}

TEST_F(EmbeddedServerTest, RefusesOptionsThatCannotBeMeant) {
  ServerOptions options = Options();
  options.listen.tcp_address = "7070";
  EXPECT_EQ(ErrorOf(options).code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(ErrorOf(options).message(), HasSubstr("7070"));
  options = Options();
  options.listen.tls_certificate = folder_ / "cert.pem";
  EXPECT_EQ(ErrorOf(options).code(), StatusCode::kInvalidArgument) << "a certificate without its key";
  options = Options(std::string(120, 'd'));
  EXPECT_EQ(ErrorOf(options).code(), StatusCode::kInvalidArgument) << "a socket path that is too long";
  options = Options();
  options.http_address = "nonsense";
  EXPECT_EQ(ErrorOf(options).code(), StatusCode::kInvalidArgument);
  EXPECT_NE(MustStart(Options()), nullptr) << "the folder is free again";
}

TEST(ListenOptions, SayWhatIsOpenToOthers) {
  for (const char* address : {"127.0.0.1:7070", "localhost:1", "[::1]:7070", "127.3.2.1:7"}) {
    EXPECT_FALSE(IsOpenToOthers(address)) << address;
  }
  for (const char* address : {"0.0.0.0:7070", "[::]:7070", "10.0.0.7:1", "host.example:7070"}) {
    EXPECT_TRUE(IsOpenToOthers(address)) << address;
  }
}

}  // namespace
}  // namespace winnow::server
