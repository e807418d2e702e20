// The store that tests of the layers above break on purpose.
#include "tests/support/faulty_store.h"

#include <atomic>

#include "tests/contract/store_contract.h"
#include "tests/support/wait_for.h"

namespace winnow::server {
namespace {

using testing::FaultyStore;
using testing::SampleKey;
using testing::SampleStage;

class FaultyStoreTest : public ::testing::Test {
 protected:
  Status Add(int number) {
    return SubmitAndWait(faulty_, [&](StoreWriter& writer) { return writer.CreateStage(SampleStage(number)); });
  }
  bool Has(int number) {
    return testing::Ask(*store_, [&](const StoreReader& reader) { return reader.FindStage(SampleKey(number)); })
        ->has_value();
  }

  testing::FakeClock clock_;
  std::unique_ptr<Store> store_ = MakeMemoryStore(&clock_);
  FaultyStore faulty_{store_.get()};
};

TEST_F(FaultyStoreTest, FailsWithoutWriting) {
  faulty_.FailNext(Unavailable("no disk"));
  EXPECT_EQ(Add(1), Unavailable("no disk"));
  EXPECT_FALSE(Has(1));
  EXPECT_TRUE(Add(1).ok());
}

TEST_F(FaultyStoreTest, LosesAnswersOfWhatWasWritten) {
  faulty_.LoseNext(Unavailable("who knows"));
  EXPECT_EQ(Add(1), Unavailable("who knows"));
  EXPECT_TRUE(Has(1));
}

TEST_F(FaultyStoreTest, HoldsUntilItIsReleased) {
  faulty_.Hold();
  std::atomic<bool> done = false;
  faulty_.Submit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(1)); },
                 [&](const Status& status) { done = status.ok(); });
  // The store beneath works on.
  EXPECT_TRUE(SubmitAndWait(*store_, [](StoreWriter& w) { return w.CreateStage(SampleStage(2)); }).ok());
  EXPECT_FALSE(done);
  EXPECT_FALSE(Has(1));
  faulty_.Release();
  EXPECT_TRUE(testing::WaitFor([&] { return done.load(); }));
  EXPECT_TRUE(Has(1));
}

TEST_F(FaultyStoreTest, FailsReads) {
  faulty_.SetReadError(DataLoss("damaged"));
  EXPECT_EQ(faulty_.Read([](const StoreReader&) { return OkStatus(); }), DataLoss("damaged"));
}

}  // namespace
}  // namespace winnow::server
