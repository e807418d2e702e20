#include "server/http/http_server.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include "server/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/temp_folder.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    const Status started = coordinator_.Start();
    EXPECT_TRUE(started.ok()) << started.ToString();
    Result<std::unique_ptr<HttpServer>> server = HttpServer::Start("127.0.0.1:0", &coordinator_);
    EXPECT_TRUE(server) << server.error().ToString();
    if (server) server_ = *std::move(server);
  }
  ~HttpServerTest() override {
    server_.reset();
    coordinator_.Stop();
    coordinator_.Drain();
  }

  httplib::Result Get(const std::string& path) {
    httplib::Client client("http://" + server_->address());
    return client.Get(path.c_str());
  }

  winnow::testing::FakeClock clock_;
  winnow::testing::TempFolder folder_;
  std::unique_ptr<Store> memory_ = MakeMemoryStore(&clock_);
  winnow::testing::FaultyStore store_{memory_.get()};
  std::unique_ptr<ArtifactStore> artifacts_ = *ArtifactStore::Open(folder_.path(), &clock_);
  std::unique_ptr<AttemptLogs> logs_ = *AttemptLogs::Open(folder_.path());
  Coordinator coordinator_{&store_, artifacts_.get(), logs_.get(), &clock_, CoordinatorOptions()};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, IsHealthyWhileItCanWrite) {
  ASSERT_NE(server_, nullptr);
  const auto healthy = Get("/healthz");
  ASSERT_TRUE(healthy);
  EXPECT_EQ(healthy->status, 200);
  EXPECT_EQ(healthy->body, "ok\n");
  store_.SetHealth({.writable = false, .last_error = ResourceExhausted("the disk of /data is full")});
  const auto full = Get("/healthz");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->status, 503);
  EXPECT_THAT(full->body, HasSubstr("the disk of /data is full"));
}

TEST_F(HttpServerTest, ShowsItsFigures) {
  ASSERT_NE(server_, nullptr);
  const auto metrics = Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->status, 200);
  EXPECT_THAT(metrics->get_header_value("Content-Type"), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics->body, HasSubstr("\nwinnow_leases 0\n"));
  const auto nothing = Get("/nothing");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->status, 404);
}

TEST_F(HttpServerTest, RefusesWhatItCannotListenOn) {
  ASSERT_NE(server_, nullptr);
  for (const char* address : {"", "7070", ":7070", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1"}) {
    const auto refused = HttpServer::Start(address, &coordinator_);
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().code(), StatusCode::kInvalidArgument) << address;
  }
  const auto taken = HttpServer::Start(server_->address(), &coordinator_);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(taken.error().message(), HasSubstr(server_->address()));
}

}  // namespace
}  // namespace winnow::server
