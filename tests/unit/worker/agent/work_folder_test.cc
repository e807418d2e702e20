#include "worker/agent/work_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/durable_file.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

TEST(WorkFolder, RemovesItsRunAndKeepsTheCache) {
  testing::TempFolder folder;
  {
    const auto work = WorkFolder::Open(folder / "work", "one");
    ASSERT_TRUE(work) << work.error().ToString();
    std::ofstream(work->cache() / "kept") << "x";
    const auto first = work->NewAttempt(std::string(64, 'a'), 1);
    const auto second = work->NewAttempt(std::string(64, 'a'), 1);
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
    EXPECT_TRUE(fs::is_directory(*first));
  }
  EXPECT_TRUE(fs::is_empty(folder / "work/runs"));
  EXPECT_TRUE(fs::exists(folder / "work/cache/kept"));
}

TEST(WorkFolder, RemovesOnlyRunsWhoseAgentIsGone) {
  testing::TempFolder folder;
  const auto alive = WorkFolder::Open(folder / "work", "alive");
  ASSERT_TRUE(alive);
  const auto attempt = alive->NewAttempt("key", 1);
  fs::create_directories(folder / "work/runs/dead/x");
  std::ofstream(folder / "work/runs/dead.lock").put('x');
  const auto second = WorkFolder::Open(folder / "work", "second");
  ASSERT_TRUE(second);
  EXPECT_TRUE(fs::exists(*attempt));
  EXPECT_FALSE(fs::exists(folder / "work/runs/dead"));
}

TEST(WorkFolder, AFolderThatCannotBeMadeIsNamed) {
  testing::TempFolder folder;
  std::ofstream(folder / "file").put('x');
  const auto work = WorkFolder::Open(folder / "file", "one");
  ASSERT_FALSE(work);
  EXPECT_NE(work.error().message().find((folder / "file").string()), std::string::npos);
}

}  // namespace
}  // namespace winnow::worker
