#include "worker/agent/artifact_cache.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/durable_file.h"
#include "base/sha256.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

namespace fs = std::filesystem;

class ArtifactCacheTest : public ::testing::Test {
 protected:
  ArtifactCacheTest()
      : coordinator_(&model_, folder_ / "s"),
        connection_(*client::Connection::Open({"unix:" + (folder_ / "s").string(), {}}, SystemClock())),
        artifacts_(connection_.get(), {}) {
    fs::create_directory(folder_ / "cache");
  }

  std::string Store(const std::string& content) {
    model_.With([&](auto& m) { m.artifacts[Sha256Hex(content)] = content; });
    return client::ArtifactName(Sha256Hex(content));
  }
  fs::path Cached(const std::string& content) { return folder_ / "cache" / ("sha256-" + Sha256Hex(content)); }
  int downloads() {
    return model_.With([](auto& m) { return m.downloads; });
  }

  testing::TempFolder folder_;
  testing::CoordinatorModel model_;
  testing::FakeCoordinator coordinator_;
  std::unique_ptr<client::Connection> connection_;
  client::ArtifactClient artifacts_;
};

TEST_F(ArtifactCacheTest, FetchesOnceAndHandsOutFilesThatStay) {
  ArtifactCache cache(folder_ / "cache", 1 << 20);
  const std::string name = Store("content");
  ASSERT_TRUE(cache.Provide(name, artifacts_, folder_ / "one").ok());
  ASSERT_TRUE(cache.Provide(name, artifacts_, folder_ / "two").ok());
  EXPECT_EQ(downloads(), 1);
  fs::remove(Cached("content"));
  EXPECT_EQ(*ReadFile(folder_ / "one"), "content");
  EXPECT_EQ(*ReadFile(folder_ / "two"), "content");
}

TEST_F(ArtifactCacheTest, FetchesAgainWhatWasDamaged) {
  ArtifactCache cache(folder_ / "cache", 1 << 20);
  const std::string name = Store("content");
  ASSERT_TRUE(cache.Provide(name, artifacts_, folder_ / "one").ok());
  std::ofstream(Cached("content")) << "contenT";
  ASSERT_TRUE(cache.Provide(name, artifacts_, folder_ / "two").ok());
  EXPECT_EQ(*ReadFile(folder_ / "two"), "content");
  EXPECT_EQ(downloads(), 2);
}

TEST_F(ArtifactCacheTest, KeepsWhatWasMadeHere) {
  ArtifactCache cache(folder_ / "cache", 1 << 20);
  const std::string name = Store("made here");
  ASSERT_TRUE(WriteFileDurably(folder_ / "made", "made here").ok());
  cache.Keep(name, folder_ / "made");
  ASSERT_TRUE(cache.Provide(name, artifacts_, folder_ / "one").ok());
  EXPECT_EQ(downloads(), 0);
}

TEST_F(ArtifactCacheTest, DropsTheLongestUnusedWhenFull) {
  ArtifactCache cache(folder_ / "cache", 250);
  const std::string contents[] = {std::string(100, 'a'), std::string(100, 'b'), std::string(100, 'c')};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(cache.Provide(Store(contents[i]), artifacts_, folder_ / std::to_string(i)).ok());
    // Ages that differ by more than a file system's clock does.
    if (i < 2) fs::last_write_time(Cached(contents[i]), fs::file_time_type::clock::now() - std::chrono::hours(9 - i));
  }
  EXPECT_FALSE(fs::exists(Cached(contents[0])));
  EXPECT_TRUE(fs::exists(Cached(contents[1])));
  EXPECT_TRUE(fs::exists(Cached(contents[2])));
}

TEST_F(ArtifactCacheTest, MissingArtifactLeavesNothingBehind) {
  ArtifactCache cache(folder_ / "cache", 1 << 20);
  const Status status = cache.Provide(client::ArtifactName(std::string(64, '0')), artifacts_, folder_ / "one");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(folder_ / "cache"));
  EXPECT_FALSE(fs::exists(folder_ / "one"));
  EXPECT_EQ(cache.Provide("artifacts/x", artifacts_, folder_ / "one").code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::worker
