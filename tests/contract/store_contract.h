// What every Store must do, whatever it is made of: the suite runs against each implementation.
#ifndef TESTS_CONTRACT_STORE_CONTRACT_H_
#define TESTS_CONTRACT_STORE_CONTRACT_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/store/memory_store.h"
#include "server/store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_folder.h"

namespace winnow::server {

enum class StoreKind { kMemory, kSqlite };

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { OpenStore(10000, 1000); }

  void OpenStore(size_t max_queued, size_t max_batch) {
    store_.reset();
    if (GetParam() == StoreKind::kMemory) {
      store_ = MakeMemoryStore(&clock_, {.max_queued = max_queued, .max_batch = max_batch});
      return;
    }
    SqliteStoreOptions options;
    options.folder = folder_.path();
    options.max_queued = max_queued;
    options.max_batch = max_batch;
    Result<std::unique_ptr<Store>> opened = SqliteStore::Open(options, &clock_);
    ASSERT_TRUE(opened) << opened.error().ToString();
    store_ = *std::move(opened);
  }

  Status Commit(Store::Transaction transaction) { return SubmitAndWait(*store_, std::move(transaction)); }
  // For preparing what a test then looks at.
  void MustCommit(Store::Transaction transaction) {
    const Status status = Commit(std::move(transaction));
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  Sweep TheSweep(const std::string& id) {
    return *testing::Ask(*store_, [&](const StoreReader& reader) { return reader.GetSweep(id); });
  }
  Stage TheStage(int number) {
    return *testing::Ask(*store_,
                         [&](const StoreReader& reader) { return reader.GetStage(testing::SampleKey(number)); });
  }

  testing::TempFolder folder_;
  testing::FakeClock clock_;
  std::unique_ptr<Store> store_;
};

// The sweep "a" over stages 1 (QUEUED) and 2 (BLOCKED, child of 1), with the trial "t" on them.
inline Status WriteSmallSweep(StoreWriter& writer) {
  using namespace testing;  // NOLINT: ours
  WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("a"), "{\"name\":\"a\"}"));
  WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(1)));
  WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(2, {SampleKey(1)}, StageState::kBlocked)));
  WINNOW_RETURN_IF_ERROR(writer.PlaceStage(SampleKey(1), {.sweep = "a", .position = 0}));
  WINNOW_RETURN_IF_ERROR(writer.PlaceStage(SampleKey(2), {.sweep = "a", .position = 1}));
  return writer.PutTrial(SampleTrial("a", "t", 0, 1, 2));
}

}  // namespace winnow::server

#endif  // TESTS_CONTRACT_STORE_CONTRACT_H_
