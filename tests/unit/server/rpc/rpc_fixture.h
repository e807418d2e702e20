// A whole API over a unix socket, its coordinator on a store in memory and a clock that stands still.
#ifndef TESTS_UNIT_SERVER_RPC_RPC_FIXTURE_H_
#define TESTS_UNIT_SERVER_RPC_RPC_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/id.h"
#include "base/sha256.h"
#include "server/coordinator/coordinator.h"
#include "server/rpc/grpc_server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"
#include "tests/unit/server/rpc/api.h"
#include "tests/unit/server/rpc/scripted_worker.h"

namespace winnow::server {

class RpcFixture : public ::testing::Test {
 protected:
  static constexpr Duration kTtl = std::chrono::seconds(10);

  RpcFixture();
  ~RpcFixture() override;

  // As winnowd ends: waiting calls are answered, running ones finish.
  void StopServer(Duration grace);

  // Waits until the store has finished what was submitted.
  void Flush();
  // Lets time pass, with the commits that it brings.
  void Advance(Duration by);

  v1::Sweep GetSweep(const std::string& name);
  // By label; fails the test where there is none.
  v1::Stage StageOf(const std::string& sweep, const std::string& label);
  // Stores the bytes; "artifacts/sha256-HEX".
  std::string Store(const std::string& content);

  testing::FakeClock clock_;
  testing::TempFolder folder_;
  std::unique_ptr<server::Store> store_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<AttemptLogs> logs_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<Api> api_;
};

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_RPC_RPC_FIXTURE_H_
