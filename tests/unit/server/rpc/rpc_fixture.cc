#include "tests/unit/server/rpc/rpc_fixture.h"

#include "server/store/memory_store.h"

namespace winnow::server {

RpcFixture::RpcFixture() : store_(MakeMemoryStore(&clock_)) {
  artifacts_ = *ArtifactStore::Open(folder_.path(), &clock_);
  logs_ = *AttemptLogs::Open(folder_.path());
  CoordinatorOptions options;
  options.lease_ttl = kTtl;
  options.io_threads = 2;
  coordinator_ = std::make_unique<Coordinator>(store_.get(), artifacts_.get(), logs_.get(), &clock_, options);
  server_ = std::make_unique<GrpcServer>(coordinator_.get());
  ListenOptions listen;
  listen.tcp_address.clear();
  listen.unix_socket = folder_ / "s";
  Status started = coordinator_->Start();
  if (started.ok()) started = server_->Start(listen);
  EXPECT_TRUE(started.ok()) << started.ToString();
  api_ = std::make_unique<Api>(server_->unix_address());
}

RpcFixture::~RpcFixture() { StopServer(std::chrono::seconds(5)); }

void RpcFixture::StopServer(Duration grace) {
  if (store_ == nullptr) return;
  coordinator_->Stop();
  server_->Stop(grace);
  coordinator_->Drain();
  store_.reset();
}

void RpcFixture::Flush() {
  const Status status = SubmitAndWait(*store_, [](StoreWriter&) { return OkStatus(); });
  EXPECT_TRUE(status.ok()) << status.ToString();
}

void RpcFixture::Advance(Duration by) {
  clock_.Advance(by);
  Flush();
}

v1::Sweep RpcFixture::GetSweep(const std::string& name) {
  const auto reply = api_->Call(&SweepStub::GetSweep, "name: '" + name + "'");
  EXPECT_TRUE(reply.ok()) << reply;
  return reply->sweep();
}

v1::Stage RpcFixture::StageOf(const std::string& sweep, const std::string& label) {
  const auto reply = api_->Call(&StageStub::ListStages, "parent: '" + sweep + "' page_size: 1000");
  EXPECT_TRUE(reply.ok()) << reply;
  for (const v1::Stage& stage : reply->stages()) {
    if (stage.label() == label) return stage;
  }
  ADD_FAILURE() << "no stage " << label << " in " << reply->ShortDebugString();
  return v1::Stage();
}

std::string RpcFixture::Store(const std::string& content) {
  const std::string name = "artifacts/sha256-" + Sha256Hex(content);
  const auto stored = api_->Upload(name, static_cast<int64_t>(content.size()), content);
  EXPECT_TRUE(stored.ok()) << stored;
  return name;
}

}  // namespace winnow::server
