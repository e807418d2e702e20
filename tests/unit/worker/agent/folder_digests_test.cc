#include "worker/agent/folder_digests.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/durable_file.h"
#include "base/json.h"
#include "spec/data_digest.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

class FolderDigestsTest : public ::testing::Test {
 protected:
  FolderDigestsTest() {
    Write("images/train/a/1.jpg", "one");
    Write("images/val/a/2.jpg", "two");
  }
  void Write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  fs::path Images() { return folder_ / "images"; }
  fs::path Memory() { return folder_ / "memory.json"; }
  std::string Read() { return *FolderDigests(Memory()).Find(Images()); }
  std::string Digest() { return *spec::DataDigest(Images(), {"train/a/1.jpg", "val/a/2.jpg"}); }
  // Puts another digest into the memory, by which one sees whether it was asked.
  void Falsify() {
    Json json = *ParseJson(*ReadFile(Memory()));
    json.begin().value()["digest"] = "remembered";
    std::ofstream(Memory()) << json.dump();
  }

  testing::TempFolder folder_;
};

TEST_F(FolderDigestsTest, RemembersWhatDidNotChange) {
  EXPECT_EQ(Read(), Digest());
  Falsify();
  EXPECT_EQ(Read(), "remembered");
}

TEST_F(FolderDigestsTest, ReadsAnewWhatDid) {
  Read();
  Falsify();
  Write("images/val/a/2.jpg", "another");
  EXPECT_EQ(Read(), Digest());
  Falsify();
  const fs::path file = Images() / "train/a/1.jpg";
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
  EXPECT_EQ(Read(), Digest());
  Falsify();
  Write("images/train/a/3.jpg", "three");
  EXPECT_NE(Read(), "remembered");
}

TEST_F(FolderDigestsTest, ADamagedMemoryIsAsNone) {
  for (const char* text : {"{", "[]", R"({"x": 3})", R"({"x": {"state": 1, "digest": 2}})"}) {
    std::ofstream(Memory()) << text;
    EXPECT_EQ(Read(), Digest()) << text;
  }
}

TEST_F(FolderDigestsTest, NeedsNoMemory) { EXPECT_EQ(*FolderDigests("").Find(Images()), Digest()); }

TEST_F(FolderDigestsTest, PassesFaultsOfTheLayoutOn) {
  fs::remove_all(Images() / "val");
  EXPECT_EQ(FolderDigests("").Find(Images()).error().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace winnow::worker
