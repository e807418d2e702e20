#include "base/sha256.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace winnow {
namespace {

// FIPS 180-4, examples of the secure hash standard.
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kTwoBlocks[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr char kMillion[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256Hex(""), kEmpty);
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), kTwoBlocks);
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')), kMillion);
}

TEST(Sha256, PiecesAreAsGoodAsAll) {
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.Update(std::string(static_cast<size_t>(i), 'a'));
  hash.Update(std::string(1000000 - 499500, 'a'));
  Sha256 moved = std::move(hash);
  EXPECT_EQ(moved.FinishHex(), kMillion);
}

TEST(Sha256, ReadsFiles) {
  testing::TempFolder folder;
  std::ofstream(folder / "a", std::ios::binary) << std::string(1000000, 'a');
  std::ofstream(folder / "empty");
  EXPECT_EQ(*Sha256File(folder / "a"), kMillion);
  EXPECT_EQ(*Sha256File(folder / "empty"), kEmpty);
  EXPECT_EQ(Sha256File(folder / "none").error().code(), StatusCode::kNotFound);
  EXPECT_FALSE(Sha256File(folder.path()));  // a folder
}

TEST(Sha256, KnowsItsForm) {
  EXPECT_TRUE(IsSha256Hex(kEmpty));
  EXPECT_FALSE(IsSha256Hex(""));
  EXPECT_FALSE(IsSha256Hex(std::string(kEmpty) + "0"));
  EXPECT_FALSE(IsSha256Hex(std::string(64, 'A')));
  EXPECT_FALSE(IsSha256Hex(std::string(64, 'g')));
}

}  // namespace
}  // namespace winnow
