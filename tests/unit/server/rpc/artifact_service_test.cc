// Uploads and downloads.
#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;

class ArtifactServiceTest : public RpcFixture {
 protected:
  static std::string NameOf(const std::string& content) { return "artifacts/sha256-" + Sha256Hex(content); }
  static std::string SomeBytes(size_t size) {
    constexpr unsigned kSeed = 20261124;
    std::mt19937 random(kSeed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }
  Reply<v1::GetArtifactResponse> Get(const std::string& name) {
    return api_->Call(&ArtifactStub::GetArtifact, "name: '" + name + "'");
  }
  // Files below artifacts/, uploads under way included.
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_ / "artifacts")) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  void ExpectRefused(const Outcome& refused, const std::string& what) {
    EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
    EXPECT_THAT(refused.message, HasSubstr(what));
    EXPECT_THAT(refused.message, HasSubstr("nothing was kept"));
    EXPECT_TRUE(testing::WaitFor([&] { return Files().empty(); })) << Files().front();
  }
};

TEST_F(ArtifactServiceTest, MegabytesThereAndBack) {
  const std::string content = SomeBytes((size_t{5} << 20) + 12345);
  const std::string name = NameOf(content);
  const auto stored = api_->Upload(name, static_cast<int64_t>(content.size()), content);
  ASSERT_TRUE(stored.ok()) << stored;
  EXPECT_EQ(stored->artifact().name(), name);
  EXPECT_EQ(stored->artifact().size_bytes(), static_cast<int64_t>(content.size()));
  EXPECT_EQ(Get(name)->artifact().SerializeAsString(), stored->artifact().SerializeAsString());

  auto download = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + name + "'");
  std::string received;
  while (const auto piece = download.Next()) {
    EXPECT_LE(piece->content().size(), size_t{256} << 10);
    received += piece->content();
  }
  const Outcome end = download.Finish();
  EXPECT_TRUE(end.ok()) << end;
  EXPECT_TRUE(received == content) << received.size() << " bytes";
}

TEST_F(ArtifactServiceTest, AnEmptyOne) {
  const std::string name = Store("");
  EXPECT_EQ(Get(name)->artifact().size_bytes(), 0);
  auto download = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + name + "'");
  for (const v1::ReadArtifactResponse& piece : download.All()) EXPECT_EQ(piece.content(), "");
  EXPECT_TRUE(download.Finish().ok());
}

TEST_F(ArtifactServiceTest, AnotherDigestIsRefused) {
  const std::string content = SomeBytes(size_t{1} << 20);
  const std::string name = NameOf("something else");
  const auto refused = api_->Upload(name, static_cast<int64_t>(content.size()), content);
  ExpectRefused(refused, Sha256Hex(content));
  EXPECT_EQ(Get(name).code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Get(NameOf(content)).code, grpc::StatusCode::NOT_FOUND);
}

TEST_F(ArtifactServiceTest, AnotherSizeIsRefused) {
  const std::string content = SomeBytes(size_t{1} << 20);
  const std::string name = NameOf(content);
  const auto size = static_cast<int64_t>(content.size());
  ExpectRefused(api_->Upload(name, size + 1, content), "1048577 bytes were announced and 1048576 came");
  ExpectRefused(api_->Upload(name, size - 1, content), "more than the 1048575 bytes");
  ExpectRefused(api_->Upload(name, 0, content), "more than the 0 bytes");
  EXPECT_EQ(Get(name).code, grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(api_->Upload(name, size, content).ok()) << "the right one after all";
}

TEST_F(ArtifactServiceTest, WhatIsThereIsAnsweredAtOnce) {
  const std::string content = SomeBytes(1000);
  const std::string name = Store(content);
  const auto again = api_->Upload(name, 1000, "");  // not a byte is sent
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->artifact().size_bytes(), 1000);
  // The size that is told must be the true one, even though the digest is known.
  EXPECT_EQ(api_->Upload(name, 999, content).code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Get(name)->artifact().size_bytes(), 1000);
}

TEST_F(ArtifactServiceTest, AnUploadWithoutMessages) {
  const std::unique_ptr<grpc::ClientContext> context = api_->NewContext();
  v1::WriteArtifactResponse response;
  const auto writer = api_->stub<ArtifactStub>().WriteArtifact(context.get(), &response);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("the first one names the artifact"));
}

TEST_F(ArtifactServiceTest, AClientThatGoesInMidUploadLeavesNothing) {
  const std::string content = SomeBytes(1000);
  const std::unique_ptr<grpc::ClientContext> context = api_->NewContext();
  v1::WriteArtifactResponse response;
  const auto writer = api_->stub<ArtifactStub>().WriteArtifact(context.get(), &response);
  v1::WriteArtifactRequest message;
  message.mutable_artifact()->set_name(NameOf(content));
  message.mutable_artifact()->set_size_bytes(1000);
  message.set_content(content.substr(0, 500));
  ASSERT_TRUE(writer->Write(message));
  ASSERT_TRUE(testing::WaitFor([&] { return Files().size() == 1; }));
  context->TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(testing::WaitFor([&] { return Files().empty(); }));
  EXPECT_EQ(Get(NameOf(content)).code, grpc::StatusCode::NOT_FOUND);
}

TEST_F(ArtifactServiceTest, DamageOnTheDiskIsFoundByReading) {
  const std::string content = SomeBytes(size_t{1} << 20);
  const std::string name = Store(content);
  ASSERT_EQ(Files().size(), 1u);
  std::fstream(Files().front(), std::ios::in | std::ios::out | std::ios::binary).seekp(500000).put('!').put('?');
  auto download = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + name + "'");
  (void)download.All();
  const Outcome end = download.Finish();
  EXPECT_EQ(end.code, grpc::StatusCode::DATA_LOSS) << end;
  EXPECT_THAT(end.message, HasSubstr(name));
}

TEST_F(ArtifactServiceTest, AClientThatGoesInMidDownloadHoldsUpNobody) {
  const std::string content = SomeBytes(size_t{4} << 20);
  const std::string name = Store(content);
  {
    auto download = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + name + "'");
    ASSERT_TRUE(download.Next());
    download.Cancel();
    EXPECT_EQ(download.Finish().code, grpc::StatusCode::CANCELLED);
  }
  auto whole = api_->Open(&ArtifactStub::ReadArtifact, "name: '" + name + "'");
  EXPECT_GE(whole.All().size(), 16u);
  EXPECT_TRUE(whole.Finish().ok());
}

}  // namespace
}  // namespace winnow::server
