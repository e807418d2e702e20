#include "server/store/checkpointer.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::server {
namespace {

class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest() : writer_(Open()) {
    writer_->Execute("PRAGMA journal_mode = WAL");
    sqlite3_wal_autocheckpoint(writer_->database().getHandle(), 0);
    writer_->Execute("CREATE TABLE things (thing BLOB)");
  }

  std::unique_ptr<SqliteConnection> Open() {
    return *SqliteConnection::Open(folder_ / "db", SqliteConnection::Mode::kWriter, "");
  }
  void Commit() { writer_->Execute("INSERT INTO things VALUES (randomblob(3000))"); }
  uintmax_t LogBytes() const { return std::filesystem::file_size(folder_ / "db-wal"); }

  testing::TempFolder folder_;
  std::unique_ptr<SqliteConnection> writer_;
};

// Issue 6: under load a commit always came between the copy and the log's end, and the log grew.
TEST_F(CheckpointerTest, TheLogBeginsAnewThoughCommitsCameWhileItWasCopied) {
  Checkpointer checkpointer(Open(), 10);
  for (int i = 0; i < 30; ++i) Commit();
  checkpointer.Notify(30);
  ASSERT_TRUE(testing::WaitFor([&] { return checkpointer.checkpoints() == 1; }));
  Commit();
  checkpointer.Finish(*writer_);
  const uintmax_t before = LogBytes();
  for (int i = 0; i < 5; ++i) Commit();
  EXPECT_EQ(LogBytes(), before) << "it is written from its beginning";
}

TEST_F(CheckpointerTest, LooksAgainOnlyWhenTheLogHasGrownByAsMuch) {
  Checkpointer checkpointer(Open(), 10);
  for (int i = 0; i < 30; ++i) Commit();
  checkpointer.Notify(30);
  ASSERT_TRUE(testing::WaitFor([&] { return checkpointer.checkpoints() == 1; }));
  checkpointer.Notify(35);
  checkpointer.Notify(39);
  checkpointer.Notify(40);
  ASSERT_TRUE(testing::WaitFor([&] { return checkpointer.checkpoints() >= 2; }));
  EXPECT_EQ(checkpointer.checkpoints(), 2) << "not for 35 and 39";
  checkpointer.Notify(3);  // it has begun anew
  checkpointer.Notify(10);
  EXPECT_TRUE(testing::WaitFor([&] { return checkpointer.checkpoints() == 3; }));
}

}  // namespace
}  // namespace winnow::server
