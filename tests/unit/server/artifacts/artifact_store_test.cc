#include "server/artifacts/artifact_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "base/durable_file.h"
#include "base/sha256.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"

namespace winnow::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ArtifactStoreTest : public ::testing::Test {
 protected:
  ArtifactStoreTest() { Open(); }

  void Open() {
    Result<std::unique_ptr<ArtifactStore>> opened = ArtifactStore::Open(folder_.path(), &clock_);
    if (!opened) std::abort();
    store_ = *std::move(opened);
  }

  // Uploads in pieces of three bytes.
  Status Upload(const std::string& digest, int64_t size, const std::string& bytes) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(ArtifactWriter writer, store_->StartWrite(digest, size));
    for (size_t i = 0; i < bytes.size(); i += 3) WINNOW_RETURN_IF_ERROR(writer.Append(bytes.substr(i, 3)));
    return writer.Finish();
  }
  std::string MustUpload(const std::string& bytes) {
    const std::string digest = Sha256Hex(bytes);
    const Status status = Upload(digest, static_cast<int64_t>(bytes.size()), bytes);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return digest;
  }
  // All bytes, in pieces of that many.
  Result<std::string> Download(const std::string& digest, size_t piece_bytes) {
    WINNOW_ASSIGN_OR_RETURN(ArtifactReader reader, store_->OpenRead(digest));
    std::string bytes;
    while (true) {
      WINNOW_ASSIGN_OR_RETURN(const std::string piece, reader.Next(piece_bytes));
      if (piece.empty()) return bytes;
      bytes += piece;
    }
  }
  fs::path PathOf(const std::string& digest) {
    return folder_ / "artifacts" / "sha256" / digest.substr(0, 2) / digest.substr(2);
  }
  // Regular files below the folder.
  size_t Files() {
    return static_cast<size_t>(std::count_if(fs::recursive_directory_iterator(folder_.path()), {},
                                             [](const auto& entry) { return entry.is_regular_file(); }));
  }

  testing::TempFolder folder_;
  testing::FakeClock clock_;
  std::unique_ptr<ArtifactStore> store_;
};

TEST_F(ArtifactStoreTest, GivesBackWhatWasUploaded) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string(100000, 'x') + "end"}) {
    const std::string digest = MustUpload(bytes);
    EXPECT_EQ(*store_->Size(digest), static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(fs::exists(PathOf(digest)));
    for (const size_t piece : {size_t{1000}, size_t{1} << 20}) EXPECT_EQ(*Download(digest, piece), bytes);
    EXPECT_TRUE(store_->Check(digest).ok());
  }
  EXPECT_EQ(Files(), 3u);
}

TEST_F(ArtifactStoreTest, KeepsNothingOfAnUploadThatIsNotWhatWasAnnounced) {
  const std::string digest = Sha256Hex("hello");
  Status status = Upload(digest, 5, "hallo");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), AllOf(HasSubstr(digest), HasSubstr(Sha256Hex("hallo"))));
  status = Upload(digest, 5, "hell");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("5 bytes were announced"), HasSubstr("4 came")));
  EXPECT_EQ(Upload(digest, 5, "hello!").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Upload("../../etc/passwd", 5, "hello").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Upload(digest, -1, "").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Files(), 0u);
  EXPECT_EQ(store_->Size(digest).error().code(), StatusCode::kNotFound);
}

TEST_F(ArtifactStoreTest, KeepsNothingOfAnUploadThatIsGivenUp) {
  {
    Result<ArtifactWriter> writer = store_->StartWrite(Sha256Hex("hello"), 5);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->Append("he").ok());
    EXPECT_EQ(Files(), 1u);
  }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(ArtifactStoreTest, RemovesWhatACrashLeftBehind) {
  std::ofstream(folder_ / "artifacts" / "tmp" / "half") << "half";
  const std::string digest = MustUpload("whole");
  Open();
  EXPECT_EQ(Files(), 1u);
  EXPECT_EQ(*Download(digest, 100), "whole");
}

TEST_F(ArtifactStoreTest, WantsNoBytesOfWhatIsThere) {
  const std::string digest = MustUpload("hello");
  Result<ArtifactWriter> again = store_->StartWrite(digest, 5);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->already_there());
  EXPECT_TRUE(again->Append("whatever").ok());
  EXPECT_TRUE(again->Finish().ok());
  EXPECT_EQ(*Download(digest, 100), "hello");
  // A file that has lost bytes does not count as there, and is mended.
  fs::resize_file(PathOf(digest), 3);
  EXPECT_EQ(MustUpload("hello"), digest);
  EXPECT_EQ(*Download(digest, 100), "hello");
}

TEST_F(ArtifactStoreTest, TakesTheSameBytesFromTwoAtOnce) {
  const std::string bytes(200000, 'y');
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { MustUpload(bytes); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*Download(Sha256Hex(bytes), 4096), bytes);
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ArtifactStoreTest, NeverGivesAllOfADamagedArtifact) {
  const std::string digest = MustUpload("0123456789");
  {
    std::fstream file(PathOf(digest), std::ios::in | std::ios::out);
    file.seekp(2);
    file << "X";
  }
  Result<ArtifactReader> reader = store_->OpenRead(digest);
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader->Next(9), "01X345678");
  const Result<std::string> last = reader->Next(9);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code(), StatusCode::kDataLoss);
  EXPECT_THAT(last.error().message(), HasSubstr("artifacts/sha256-" + digest));
  EXPECT_FALSE(reader->Next(9)) << "and stays so";
  EXPECT_EQ(store_->Check(digest).code(), StatusCode::kDataLoss);

  fs::resize_file(PathOf(digest), 4);
  EXPECT_EQ(store_->Check(digest).code(), StatusCode::kDataLoss);
}

TEST_F(ArtifactStoreTest, SaysWhatIsNotThere) {
  const std::string digest = Sha256Hex("never");
  EXPECT_EQ(store_->OpenRead(digest).error(), NotFound("artifacts/sha256-" + digest + " is not there"));
  EXPECT_EQ(store_->Check(digest).code(), StatusCode::kNotFound);
  EXPECT_TRUE(*store_->Remove(digest, clock_.WallNow()));
}

TEST_F(ArtifactStoreTest, CollectsWhatIsNeitherLiveNorRecent) {
  const std::string live = MustUpload("live");
  const std::string dead = MustUpload("dead!");
  const std::string touched = MustUpload("touched");
  clock_.Advance(std::chrono::hours(2));
  const WallTime cut = clock_.WallNow();
  const std::string recent = MustUpload("recent");
  EXPECT_EQ(MustUpload("touched"), touched);  // uploaded again
  std::ofstream(folder_ / "artifacts" / "sha256" / "README") << "not ours";

  const Result<GarbageReport> report =
      store_->CollectGarbage([&](const std::string& digest) { return digest == live; }, cut);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->removed, 1);
  EXPECT_EQ(report->removed_bytes, 5);
  EXPECT_EQ(report->kept, 3);
  EXPECT_FALSE(fs::exists(PathOf(dead)));
  for (const std::string& digest : {live, touched, recent}) EXPECT_TRUE(fs::exists(PathOf(digest)));
}

TEST_F(ArtifactStoreTest, RemovesOneUnlessItWasUploadedAgain) {
  const std::string digest = MustUpload("resume point");
  EXPECT_FALSE(*store_->Remove(digest, clock_.WallNow()));
  clock_.Advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(*store_->Remove(digest, clock_.WallNow()));
  EXPECT_FALSE(fs::exists(PathOf(digest)));
}

// A file size limit stands in for a full disk: writing fails in the middle.
TEST_F(ArtifactStoreTest, KeepsNothingWhereThereIsNoRoom) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string bytes(5000, 'z');
  const Status status = Upload(Sha256Hex(bytes), 5000, bytes);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status.ToString();
  EXPECT_THAT(status.message(), AllOf(HasSubstr("free space"), HasSubstr(folder_.path().string())));
  EXPECT_EQ(Files(), 0u);
  MustUpload(bytes);
}

TEST_F(ArtifactStoreTest, SaysWhereItCannotMakeItsFolders) {
  std::ofstream(folder_ / "file") << "";
  const auto opened = ArtifactStore::Open(folder_ / "file", &clock_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr((folder_ / "file").string()));
}

}  // namespace
}  // namespace winnow::server
