#include "client/lib/artifact_client.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/durable_file.h"
#include "base/sha256.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"

namespace winnow::client {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ArtifactClientTest : public ::testing::Test {
 protected:
  ArtifactClientTest()
      : coordinator_(&model_, folder_ / "s"),
        connection_(*Connection::Open({"unix:" + (folder_ / "s").string(), {}}, SystemClock())),
        artifacts_(connection_.get()) {}

  fs::path File(const std::string& content) {
    std::ofstream(folder_ / "file", std::ios::binary) << content;
    return folder_ / "file";
  }

  testing::TempFolder folder_;
  testing::CoordinatorModel model_;
  testing::FakeCoordinator coordinator_;
  std::unique_ptr<Connection> connection_;
  ArtifactClient artifacts_;
};

TEST_F(ArtifactClientTest, WhatGoesUpComesDown) {
  // Below, at, and above the size of a message.
  for (const size_t size : {size_t{0}, size_t{1}, size_t{256} << 10, (size_t{256} << 10) + 1, size_t{3} << 20}) {
    std::string content(size, '\0');
    for (size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 7);
    const auto uploaded = artifacts_.Upload(File(content));
    ASSERT_TRUE(uploaded) << size << ": " << uploaded.error().ToString();
    EXPECT_EQ(uploaded->name(), ArtifactName(Sha256Hex(content)));
    EXPECT_EQ(uploaded->size_bytes(), static_cast<int64_t>(size));
    ASSERT_TRUE(artifacts_.Download(uploaded->name(), folder_ / "down").ok()) << size;
    EXPECT_EQ(*ReadFile(folder_ / "down"), content) << size;
  }
}

TEST_F(ArtifactClientTest, DoesNotSendWhatIsThere) {
  ASSERT_TRUE(artifacts_.Upload(File("same")));
  ASSERT_TRUE(artifacts_.Upload(File("same")));
  EXPECT_EQ(model_.uploads, 1);
}

TEST_F(ArtifactClientTest, KeepsNothingOfADamagedDownload) {
  const std::string digest = Sha256Hex("right");
  model_.artifacts[digest] = "wrong";
  ASSERT_TRUE(WriteFileDurably(folder_ / "down", "old").ok());
  const Status status = artifacts_.Download(ArtifactName(digest), folder_ / "down");
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_EQ(*ReadFile(folder_ / "down"), "old");
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 2u);  // that one and the socket
}

TEST_F(ArtifactClientTest, ErrorsNameTheThing) {
  EXPECT_EQ(artifacts_.Upload(folder_ / "none").error().code(), StatusCode::kNotFound);
  EXPECT_THAT(artifacts_.Upload(folder_ / "none").error().message(), HasSubstr("none"));
  EXPECT_EQ(artifacts_.Get(ArtifactName(std::string(64, '0'))).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(artifacts_.Download(ArtifactName(std::string(64, '0')), folder_ / "down").code(), StatusCode::kNotFound);
  EXPECT_EQ(artifacts_.Download(ArtifactName(std::string(64, '0')), folder_ / "no/such/folder").code(),
            StatusCode::kNotFound);
  EXPECT_EQ(artifacts_.Download("artifacts/x", folder_ / "down").code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(folder_ / "down"));
}

TEST(ArtifactNames, GoBothWays) {
  const std::string digest(64, 'a');
  EXPECT_EQ(*ArtifactDigest(ArtifactName(digest)), digest);
  for (const std::string& bad : {std::string(), digest, "artifacts/sha256-" + digest + "0",
                                 "artifacts/sha256-" + std::string(64, 'A'), std::string("artifacts/sha256-")}) {
    EXPECT_FALSE(ArtifactDigest(bad)) << bad;
  }
}

}  // namespace
}  // namespace winnow::client
