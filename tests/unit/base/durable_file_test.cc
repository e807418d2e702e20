#include "base/durable_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/subprocess.h"
#include "tests/support/temp_folder.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

size_t FilesIn(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(DurableFile, ReplacesAWholeFile) {
  testing::TempFolder folder;
  ASSERT_TRUE(WriteFileDurably(folder / "a", "one").ok());
  ASSERT_TRUE(WriteFileDurably(folder / "a", std::string(100000, 'x')).ok());
  EXPECT_EQ(*ReadFile(folder / "a"), std::string(100000, 'x'));
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

TEST(DurableFile, AFailureLeavesTheOldFileAndNothingElse) {
  testing::TempFolder folder;
  fs::create_directories(folder / "taken/inside");  // a folder that is not empty cannot be replaced by a file
  const Status status = WriteFileDurably(folder / "taken", "new");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("taken"));
  EXPECT_TRUE(fs::is_directory(folder / "taken/inside"));
  EXPECT_EQ(FilesIn(folder.path()), 1u);
  EXPECT_EQ(WriteFileDurably(folder / "no/such", "x").code(), StatusCode::kNotFound);
}

TEST(DurableFile, ReadingIsBounded) {
  testing::TempFolder folder;
  ASSERT_TRUE(WriteFileDurably(folder / "a", "12345").ok());
  EXPECT_EQ(*ReadFile(folder / "a", 5), "12345");
  EXPECT_EQ(ReadFile(folder / "a", 4).error().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadFile(folder / "none").error().code(), StatusCode::kNotFound);
  EXPECT_THAT(ReadFile(folder / "none").error().message(), HasSubstr((folder / "none").string()));
}

TEST(DurableFile, RenamesAndSyncs) {
  testing::TempFolder folder;
  ASSERT_TRUE(WriteFileDurably(folder / "a", "x").ok());
  EXPECT_TRUE(RenameDurably(folder / "a", folder / "b").ok());
  EXPECT_EQ(*ReadFile(folder / "b"), "x");
  EXPECT_EQ(RenameDurably(folder / "a", folder / "b").code(), StatusCode::kNotFound);
  EXPECT_TRUE(SyncFolder(folder.path()).ok());
  EXPECT_EQ(SyncFolder(folder / "none").code(), StatusCode::kNotFound);
}

TEST(DurableFile, MakesFoldersForTheOwnerOnly) {
  testing::TempFolder folder;
  ASSERT_TRUE(MakeFolder(folder / "a/b/c").ok());
  ASSERT_TRUE(MakeFolder(folder / "a/b/c").ok());
  struct stat made {};
  ASSERT_EQ(::stat((folder / "a/b").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, 0700u);
  ASSERT_TRUE(WriteFileDurably(folder / "file", "x").ok());
  const Status status = MakeFolder(folder / "file/below");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr((folder / "file").string()));
}

TEST(DurableFile, WritesAllThroughAPipe) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  UniqueFd read(fds[0]), write(fds[1]);
  ASSERT_TRUE(WriteAll(write.get(), "hello", "the pipe").ok());
  char bytes[5];
  EXPECT_EQ(::read(read.get(), bytes, 5), 5);
  UniqueFd closed(::open("/dev/full", O_WRONLY));
  const Status full = WriteAll(closed.get(), "x", "the device");
  EXPECT_EQ(full.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(full.message(), HasSubstr("the device"));
}

TEST(LockFile, HasOneHolderAndEndsWithIt) {
  testing::TempFolder folder;
  const std::string path = (folder / "lock").string();
  SubprocessOptions options;
  options.command = {WINNOW_BASE_TEST_CHILD, "lock", path};
  auto child = Subprocess::Start(options);
  ASSERT_TRUE(child);
  char line[7] = {};
  ASSERT_EQ(::read(child->stdout_fd(), line, 7), 7);
  EXPECT_EQ(std::string(line, 7), "locked\n");
  const auto refused = LockFile(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused.error().message(), HasSubstr(path));
  child->Signal(SIGKILL);
  child->Wait();
  EXPECT_TRUE(LockFile(path));  // taken and let go
  EXPECT_TRUE(LockFile(path));
}

}  // namespace
}  // namespace winnow
