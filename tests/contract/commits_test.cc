// Transactions, their order, what an error undoes, and what shares a sync.
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/contract/store_contract.h"
#include "tests/support/wait_for.h"

namespace winnow::server {
namespace {

using testing::Ask;
using testing::CommitGate;
using testing::SampleKey;
using testing::SampleStage;
using testing::SampleSweep;

TEST_P(StoreContract, SharesOneCommitAmongWhatHasGathered) {
  constexpr int kTransactions = 50;
  std::atomic<int> done = 0;
  {
    CommitGate gate(*store_);
    for (int i = 0; i < kTransactions; ++i) {
      store_->Submit([i](StoreWriter& writer) { return writer.CreateStage(SampleStage(i)); },
                     [&](const Status& status) { done += status.ok() ? 1 : 0; });
    }
  }
  ASSERT_TRUE(testing::WaitFor([&] { return done == kTransactions; }));
  EXPECT_EQ(store_->counters().commits, 1);
  EXPECT_EQ(store_->counters().transactions, kTransactions + 1);  // the gate's too, which needed no commit
  EXPECT_EQ(store_->revision(), 1);
}

TEST_P(StoreContract, UndoesOnlyTheTransactionThatFails) {
  std::vector<Status> outcomes;
  std::atomic<int> done = 0;
  const auto note = [&](const Status& status) {
    outcomes.push_back(status);
    ++done;
  };
  {
    CommitGate gate(*store_);
    store_->Submit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(1)); }, note);
    store_->Submit(
        [](StoreWriter& writer) {
          WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(2)));
          WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("half"), "{}"));
          return FailedPrecondition("changed its mind");
        },
        note);
    // Sees what was before it in the same commit, and not what was undone.
    store_->Submit(
        [](StoreWriter& writer) -> Status {
          EXPECT_TRUE(*writer.FindStage(SampleKey(1)));
          EXPECT_FALSE(*writer.FindStage(SampleKey(2)));
          return writer.CreateStage(SampleStage(3));
        },
        note);
  }
  ASSERT_TRUE(testing::WaitFor([&] { return done == 3; }));
  EXPECT_TRUE(outcomes[0].ok());
  EXPECT_EQ(outcomes[1], FailedPrecondition("changed its mind"));
  EXPECT_TRUE(outcomes[2].ok());
  const auto there = [&](int number) {
    return Ask(*store_, [&](const StoreReader& reader) { return reader.FindStage(SampleKey(number)); })->has_value();
  };
  EXPECT_TRUE(there(1));
  EXPECT_FALSE(there(2));
  EXPECT_TRUE(there(3));
  EXPECT_EQ(Ask(*store_, [](const StoreReader& reader) { return reader.FindSweep("half"); })->has_value(), false);
  EXPECT_EQ(store_->counters().failed, 1);
}

TEST_P(StoreContract, RunsTransactionsAndCallbacksInTheOrderOfSubmission) {
  std::vector<int> ran;
  std::vector<int> told;
  std::atomic<int> done = 0;
  for (int i = 0; i < 200; ++i) {
    store_->Submit(
        [&ran, i](StoreWriter&) {
          ran.push_back(i);
          return i % 7 == 0 ? Aborted("every seventh") : OkStatus();
        },
        [&, i](const Status&) {
          told.push_back(i);
          ++done;
        });
  }
  ASSERT_TRUE(testing::WaitFor([&] { return done == 200; }));
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
  EXPECT_EQ(told, ran);
}

TEST_P(StoreContract, RefusesMoreThanItMayHoldAndSaysSoInOrder) {
  OpenStore(/*max_queued=*/2, /*max_batch=*/1000);
  std::vector<StatusCode> codes;
  std::atomic<int> done = 0;
  std::atomic<bool> returned = false;
  {
    CommitGate gate(*store_);
    for (int i = 0; i < 3; ++i) {
      store_->Submit([](StoreWriter&) { return OkStatus(); },
                     [&](const Status& status) {
                       EXPECT_TRUE(returned) << "called back from within Submit";
                       codes.push_back(status.code());
                       ++done;
                     });
    }
    returned = true;
  }
  ASSERT_TRUE(testing::WaitFor([&] { return done == 3; }));
  EXPECT_THAT(codes, ::testing::ElementsAre(StatusCode::kOk, StatusCode::kOk, StatusCode::kResourceExhausted));
  EXPECT_TRUE(Commit([](StoreWriter&) { return OkStatus(); }).ok());
}

TEST_P(StoreContract, LetsCallbacksSubmit) {
  std::atomic<bool> inner_done = false;
  store_->Submit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(1)); },
                 [&](const Status&) {
                   store_->Submit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(2)); },
                                  [&](const Status& status) { inner_done = status.ok(); });
                 });
  EXPECT_TRUE(testing::WaitFor([&] { return inner_done.load(); }));
}

TEST_P(StoreContract, FinishesWhatWasSubmittedBeforeItIsDestroyed) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) {
    store_->Submit([i](StoreWriter& writer) { return writer.CreateStage(SampleStage(i)); },
                   [&](const Status& status) { done += status.ok() ? 1 : 0; });
  }
  store_.reset();
  EXPECT_EQ(done, 100);
}

TEST_P(StoreContract, GrowsItsRevisionWithEveryCommitThatChangesSomething) {
  EXPECT_EQ(store_->revision(), 0);
  MustCommit([](StoreWriter& writer) -> Status {
    EXPECT_EQ(*writer.Revision(), 1);
    return WriteSmallSweep(writer);
  });
  EXPECT_EQ(store_->revision(), 1);
  MustCommit([](StoreWriter& writer) { return StatusOf(writer.FindSweep("a")); });
  (void)Commit([](StoreWriter& writer) -> Status {
    (void)writer.CreateStage(SampleStage(9));
    return Aborted("no");
  });
  EXPECT_EQ(store_->revision(), 1) << "nothing was changed";
  MustCommit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(3)); });
  EXPECT_EQ(store_->revision(), 2);
  EXPECT_EQ(*Ask(*store_, [](const StoreReader& reader) { return reader.Revision(); }), 2);
}

TEST_P(StoreContract, ShowsReadersOneMoment) {
  MustCommit(WriteSmallSweep);
  const Status status = store_->Read([&](const StoreReader& reader) -> Status {
    EXPECT_EQ(*reader.Revision(), 1);
    std::thread other([&] { MustCommit([](StoreWriter& writer) { return writer.CreateStage(SampleStage(3)); }); });
    other.join();
    EXPECT_EQ(store_->revision(), 2);
    EXPECT_EQ(*reader.Revision(), 1);
    EXPECT_FALSE(*reader.FindStage(SampleKey(3)));
    return OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(*Ask(*store_, [](const StoreReader& reader) { return reader.FindStage(SampleKey(3)); }));
}

TEST_P(StoreContract, ReadsWhileTheCommitThreadIsBusy) {
  MustCommit(WriteSmallSweep);
  CommitGate gate(*store_);
  EXPECT_EQ(TheSweep("a").id, "a");
}

TEST_P(StoreContract, TakesWritesAndReadsFromManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::atomic<int> written = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const int number = t * kEach + i;
        if (Commit([&](StoreWriter& writer) { return writer.CreateStage(SampleStage(number)); }).ok()) ++written;
        EXPECT_EQ(TheStage(number).label, "stage " + std::to_string(number));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written, kThreads * kEach);
  int live = 0;
  EXPECT_TRUE(store_
                  ->Read([&](const StoreReader& reader) {
                    return reader.ForEachLiveStage([&](const Stage&) {
                      ++live;
                      return OkStatus();
                    });
                  })
                  .ok());
  EXPECT_EQ(live, kThreads * kEach);
  EXPECT_TRUE(store_->health().writable);
}

}  // namespace
}  // namespace winnow::server
