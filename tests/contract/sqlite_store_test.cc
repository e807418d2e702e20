// What only a store on a disk can do: outlive its process, be refused, be full, be damaged.
#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/durable_file.h"
#include "base/subprocess.h"
#include "server/store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"

namespace winnow::server {
namespace {

using ::testing::AllOf;
using testing::Ask;
using ::testing::HasSubstr;
using testing::SampleKey;
using testing::SampleStage;
using testing::SampleSweep;
using testing::SetVfsFault;
using testing::VfsFault;

class SqliteStoreTest : public ::testing::Test {
 protected:
  ~SqliteStoreTest() override { SetVfsFault(VfsFault::kNone); }

  SqliteStoreOptions Options() const {
    SqliteStoreOptions options;
    options.folder = folder_.path();
    return options;
  }
  Status Open(const SqliteStoreOptions& options) {
    store_.reset();
    Result<std::unique_ptr<Store>> opened = SqliteStore::Open(options, &clock_);
    if (!opened) return opened.error();
    store_ = *std::move(opened);
    return OkStatus();
  }
  void MustOpen() {
    const Status status = Open(Options());
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  Status AddStage(int number) {
    return SubmitAndWait(*store_, [&](StoreWriter& writer) { return writer.CreateStage(SampleStage(number)); });
  }
  bool HasStage(int number) {
    const auto found = Ask(*store_, [&](const StoreReader& reader) { return reader.FindStage(SampleKey(number)); });
    EXPECT_TRUE(found) << found.error().ToString();
    return found && found->has_value();
  }
  std::filesystem::path Database() const { return folder_ / "winnow.db"; }

  testing::TempFolder folder_;
  testing::FakeClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteStoreTest, HasEverythingAfterARestart) {
  MustOpen();
  ASSERT_TRUE(SubmitAndWait(*store_, [](StoreWriter& writer) -> Status {
                WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("a"), "{}"));
                WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(1)));
                return writer.PlaceStage(SampleKey(1), {.sweep = "a", .position = 0});
              }).ok());
  const auto ask = [&] { return *Ask(*store_, [](const StoreReader& reader) { return reader.GetSweep("a"); }); };
  const Sweep before = ask();
  MustOpen();
  EXPECT_EQ(ask(), before);
  EXPECT_EQ(store_->revision(), 1);
  ASSERT_TRUE(AddStage(2).ok());
  EXPECT_EQ(store_->revision(), 2) << "revisions go on where they were";
  ASSERT_TRUE(
      SubmitAndWait(*store_, [](StoreWriter& writer) { return writer.CreateSweep(SampleSweep("b"), "{}"); }).ok());
  EXPECT_GT(Ask(*store_, [](const StoreReader& reader) { return reader.GetSweep("b"); })->order, before.order);
}

TEST_F(SqliteStoreTest, RefusesASecondCoordinatorOnItsFolder) {
  MustOpen();
  const Result<std::unique_ptr<Store>> second = SqliteStore::Open(Options(), &clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message(),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr("process " + std::to_string(::getpid()))));
  store_.reset();
  MustOpen();
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabaseOfItsOwn) {
  std::ofstream(Database()) << std::string(5000, 'x');
  Status status = Open(Options());
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr(Database().string()));

  std::filesystem::remove(Database());
  {
    SQLite::Database other(Database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE cats (name TEXT)");
  }
  status = Open(Options());
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("another program"));
  EXPECT_FALSE(std::filesystem::exists(Database().string() + "-wal")) << "it was left alone";
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfANewerRelease) {
  MustOpen();
  store_.reset();
  {
    SQLite::Database database(Database().string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 99");
  }
  const Status status = Open(Options());
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status.ToString();
  EXPECT_THAT(status.message(), AllOf(HasSubstr("newer winnow"), HasSubstr("schema 99")));
}

TEST_F(SqliteStoreTest, RefusesADamagedDatabase) {
  MustOpen();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(AddStage(i).ok());
  store_.reset();
  // Overwrites pages in the middle, where tables and indexes lie.
  const auto size = static_cast<off_t>(std::filesystem::file_size(Database()));
  UniqueFd fd(::open(Database().c_str(), O_WRONLY));
  const std::string garbage(16384, '\x5A');
  ASSERT_EQ(::pwrite(fd.get(), garbage.data(), garbage.size(), size / 2 / 4096 * 4096),
            static_cast<ssize_t>(garbage.size()));
  const Status status = Open(Options());
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.ToString();
  EXPECT_THAT(status.message(), AllOf(HasSubstr(Database().string()), HasSubstr("restore a copy")));
}

TEST_F(SqliteStoreTest, SaysWhereItCannotMakeItsFolder) {
  std::ofstream(folder_ / "file") << "not a folder";
  SqliteStoreOptions options = Options();
  options.folder = folder_ / "file" / "data";
  const Status status = Open(options);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr((folder_ / "file").string()));
}

TEST_F(SqliteStoreTest, CopiesTheLogIntoTheDatabaseOnAThreadOfItsOwn) {
  SqliteStoreOptions options = Options();
  options.checkpoint_pages = 10;
  ASSERT_TRUE(Open(options).ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(AddStage(i).ok());
  EXPECT_TRUE(testing::WaitFor([&] { return store_->counters().checkpoints > 0; }));
  // Without checkpoints a hundred commits of several pages each would be far larger.
  ASSERT_TRUE(testing::WaitFor([&] {
    EXPECT_TRUE(AddStage(1000 + static_cast<int>(store_->revision())).ok());
    return std::filesystem::file_size(Database()) > size_t{50} * 1024;
  }));
}

TEST_F(SqliteStoreTest, RefusesWritesOnAFullDiskAndGoesOnWhenThereIsRoom) {
  SqliteStoreOptions options = Options();
  options.vfs = testing::FaultyVfsName();
  ASSERT_TRUE(Open(options).ok());
  ASSERT_TRUE(AddStage(1).ok());
  SetVfsFault(VfsFault::kWritesFindNoSpace);
  const Status status = AddStage(2);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr("free space"));
  EXPECT_FALSE(store_->health().writable);
  EXPECT_EQ(store_->health().last_error, status);
  EXPECT_TRUE(HasStage(1));
  EXPECT_FALSE(HasStage(2));
  SetVfsFault(VfsFault::kNone);
  EXPECT_TRUE(AddStage(2).ok());
  EXPECT_TRUE(store_->health().writable);
  EXPECT_TRUE(HasStage(2));
}

TEST_F(SqliteStoreTest, AcknowledgesNothingThatCouldNotBeSynced) {
  SqliteStoreOptions options = Options();
  options.vfs = testing::FaultyVfsName();
  ASSERT_TRUE(Open(options).ok());
  ASSERT_TRUE(AddStage(1).ok());
  SetVfsFault(VfsFault::kSyncsFail);
  EXPECT_EQ(AddStage(2).code(), StatusCode::kUnavailable);
  EXPECT_FALSE(HasStage(2));
  EXPECT_EQ(store_->revision(), 1);
  SetVfsFault(VfsFault::kNone);
  EXPECT_TRUE(AddStage(3).ok());
  MustOpen();
  EXPECT_TRUE(HasStage(1));
  EXPECT_FALSE(HasStage(2));
  EXPECT_TRUE(HasStage(3));
}

TEST_F(SqliteStoreTest, GoesOnReadingWhereItCannotWrite) {
  SqliteStoreOptions options = Options();
  options.vfs = testing::FaultyVfsName();
  ASSERT_TRUE(Open(options).ok());
  ASSERT_TRUE(AddStage(1).ok());
  SetVfsFault(VfsFault::kWritesAreRefused);
  const Status status = AddStage(2);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.ToString();
  EXPECT_FALSE(store_->health().writable);
  EXPECT_TRUE(HasStage(1));
}

TEST_F(SqliteStoreTest, StopsAtTheLargestSizeItWasGiven) {
  SqliteStoreOptions options = Options();
  options.max_database_bytes = 512 * 1024;
  ASSERT_TRUE(Open(options).ok());
  Status status;
  int stages = 0;
  while (status.ok() && stages < 5000) {
    status = SubmitAndWait(*store_, [&](StoreWriter& writer) {
      Stage stage = SampleStage(stages);
      stage.parameters_json = std::string(10000, '1');
      return writer.CreateStage(stage);
    });
    if (status.ok()) ++stages;
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status.ToString();
  EXPECT_GT(stages, 0);
  EXPECT_TRUE(HasStage(stages - 1));
  EXPECT_FALSE(HasStage(stages));
}

// A transaction that fills the disk undoes itself and whatever shares its commit; all of them are told.
TEST_F(SqliteStoreTest, TellsEveryTransactionOfACommitThatFails) {
  SqliteStoreOptions options = Options();
  options.vfs = testing::FaultyVfsName();
  ASSERT_TRUE(Open(options).ok());
  std::atomic<int> failed = 0;
  {
    testing::CommitGate gate(*store_);
    SetVfsFault(VfsFault::kSyncsFail);
    for (int i = 0; i < 5; ++i) {
      store_->Submit([i](StoreWriter& writer) { return writer.CreateStage(SampleStage(i)); },
                     [&](const Status& status) { failed += status.code() == StatusCode::kUnavailable ? 1 : 0; });
    }
  }
  EXPECT_TRUE(testing::WaitFor([&] { return failed == 5; }));
  SetVfsFault(VfsFault::kNone);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(HasStage(i));
}

// Reads what the process acknowledges until it has said `lines` of them, kills it, and returns the last number.
int RunTrafficAndKill(const std::filesystem::path& folder, int lines) {
  SubprocessOptions options;
  options.command = {(ProgramFolder() / "winnow_store_traffic").string(), folder.string()};
  options.capture_stderr = false;
  Result<Subprocess> traffic = Subprocess::Start(options);
  EXPECT_TRUE(traffic) << traffic.error().ToString();
  if (!traffic) return -1;
  std::string text;
  char buffer[4096];
  while (std::count(text.begin(), text.end(), '\n') < lines) {
    const ssize_t n = ::read(traffic->stdout_fd(), buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  traffic->Signal(SIGKILL);
  traffic->Wait();
  // What it said before it died.
  while (true) {
    const ssize_t n = ::read(traffic->stdout_fd(), buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  text.resize(text.rfind('\n') + 1);
  EXPECT_GE(std::count(text.begin(), text.end(), '\n'), lines) << "the traffic ended by itself";
  text.pop_back();
  return std::stoi(text.substr(text.rfind('\n') + 1));
}

TEST_F(SqliteStoreTest, HasEveryAcknowledgedWriteAfterKill9) {
  int first = 0;
  for (const int lines : {1, 40, 300}) {
    const int last = RunTrafficAndKill(folder_.path(), lines);
    MustOpen();
    int64_t live = 0;
    ASSERT_TRUE(store_
                    ->Read([&](const StoreReader& reader) {
                      return reader.ForEachLiveStage([&](const Stage&) {
                        ++live;
                        return OkStatus();
                      });
                    })
                    .ok());
    // Acknowledged in order, so what is there is a whole beginning that reaches at least to the last of them.
    EXPECT_GT(live, last) << "killed after " << lines << " lines";
    for (int i = first; i < live; ++i) ASSERT_TRUE(HasStage(i)) << i << " of " << last;
    const Sweep sweep = *Ask(*store_, [](const StoreReader& reader) { return reader.GetSweep("traffic"); });
    EXPECT_EQ(sweep.stage_counts.total(), live) << "counts and rows are of one moment";
    first = static_cast<int>(live);
    store_.reset();
  }
}

}  // namespace
}  // namespace winnow::server
