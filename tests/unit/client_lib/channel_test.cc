#include "client/lib/channel.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace winnow::client {
namespace {

using ::testing::HasSubstr;

TEST(Channel, IsMadeWithoutTraffic) { EXPECT_TRUE(MakeChannel({"unix:/nowhere", {}})); }

TEST(Channel, NamesATlsFileThatCannotBeRead) {
  testing::TempFolder folder;
  ServerAddress address{"lab:7070", {true, (folder / "ca.pem").string(), "", ""}};
  const auto missing = MakeChannel(address);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr((folder / "ca.pem").string()));
  std::ofstream(folder / "ca.pem") << "x";
  EXPECT_TRUE(MakeChannel(address));
}

TEST(Channel, ACertificateNeedsItsKey) {
  EXPECT_EQ(MakeChannel({"lab:7070", {true, "", "/cert", ""}}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeChannel({"lab:7070", {true, "", "", "/key"}}).error().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::client
