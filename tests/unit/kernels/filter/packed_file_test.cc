// Files of packed filters: there and back, damaged by chance, and written where that cannot be.
#include "kernels/filter/packed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/temp_folder.h"
#include "tests/unit/kernels/filter/packed_file_sample.h"

namespace winnow::kernels {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using winnow::testing::TempFolder;

constexpr uint32_t kSeed = 41;

PackedFilter SmallFilter() { return *PackRandom(WinogradVariant::kF2K3, 3, 5, 0.5, {4, 64}, kSeed); }

// Bit for bit, floats too.
template <typename T>
bool SameBytes(std::span<const T> a, std::span<const T> b) {
  return a.size_bytes() == b.size_bytes() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

void ExpectSame(const PackedFilter& a, const PackedFilter& b) {
  EXPECT_EQ(a.variant(), b.variant());
  EXPECT_EQ(a.out_channels(), b.out_channels());
  EXPECT_EQ(a.in_channels(), b.in_channels());
  EXPECT_EQ(a.layout(), b.layout());
  EXPECT_EQ(a.Nonzeros(), b.Nonzeros());
  EXPECT_EQ(a.Bytes(), b.Bytes());
  EXPECT_TRUE(SameBytes(a.parts().blocks, b.parts().blocks));
  EXPECT_TRUE(SameBytes(a.parts().rows, b.parts().rows));
  EXPECT_TRUE(SameBytes(a.parts().weights, b.parts().weights));
  EXPECT_TRUE(SameBytes(a.parts().indices, b.parts().indices));
}

void ExpectDamaged(const Result<PackedFilter>& result, const std::string& word) {
  ASSERT_FALSE(result) << word;
  EXPECT_EQ(result.error().code(), StatusCode::kDataLoss) << result.error().ToString();
  EXPECT_THAT(result.error().message(), AllOf(HasSubstr("packed filter"), HasSubstr(word)));
}

size_t FilesIn(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(PackedFile, KeepsEveryBit) {
  const TempFolder folder;
  for (const WinogradVariant variant : kAllVariants) {
    for (const auto& [out_channels, in_channels] : {std::pair(1, 1), {13, 1}, {1, 37}, {7, 16}, {33, 65}}) {
      for (const double density : {0.0, 0.02, 0.4, 1.0}) {
        for (const PackedFilterLayout& layout : {PackedFilterLayout{16, 256}, {1, 8}, {65536, 8}, {7, 24}}) {
          SCOPED_TRACE(::testing::Message() << VariantName(variant) << " " << out_channels << "x" << in_channels << " "
                                            << density << " layout " << layout.channel_block << " seed " << kSeed);
          const auto filter = PackRandom(variant, out_channels, in_channels, density, layout, kSeed);
          ASSERT_TRUE(filter);
          const PackedFileSample sample(*filter);
          const auto parsed = sample.Parse();
          ASSERT_TRUE(parsed) << parsed.error().ToString();
          ExpectSame(*parsed, *filter);
          EXPECT_EQ(parsed->Unpack(), filter->Unpack());
          EXPECT_EQ(SerializePackedFilter(*parsed), sample.bytes);
          if (layout.channel_block != 7) continue;  // syncing files takes time
          const auto path = folder / "filter.wpf";
          ASSERT_TRUE(WritePackedFilter(*filter, path).ok());
          const auto mapped = MapPackedFilter(path);
          ASSERT_TRUE(mapped) << mapped.error().ToString();
          ExpectSame(*mapped, *filter);
          EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped->weights()) % 64, 0u);
          EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped->indices()) % 64, 0u);
        }
      }
    }
  }
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

TEST(PackedFile, KeepsGroups) {
  for (const int64_t out_channels : {4, 8, 11}) {
    std::vector<float> q = RandomFloats(out_channels * 5 * Positions(WinogradVariant::kF2K3), kSeed);
    PruneByGroups(0.5, 4, out_channels, kSeed + 1, q);
    const auto filter = PackedFilter::Pack(WinogradVariant::kF2K3, out_channels, 5, q, {4, 64});
    ASSERT_TRUE(filter);
    EXPECT_EQ(filter->RowChannels(), 4);
    const PackedFileSample sample(*filter);
    EXPECT_LT(sample.header.index_count, sample.header.nonzeros);
    const auto parsed = sample.Parse();
    ASSERT_TRUE(parsed) << parsed.error().ToString();
    ExpectSame(*parsed, *filter);
    EXPECT_EQ(parsed->RowChannels(), 4);
    EXPECT_EQ(parsed->Unpack(), q);
    EXPECT_EQ(SerializePackedFilter(*parsed), sample.bytes);
  }
}

TEST(PackedFile, MayBeReplacedAndRemovedWhileItIsMapped) {
  const TempFolder folder;
  const auto path = folder / "filter.wpf";
  const PackedFilter first = SmallFilter();
  ASSERT_TRUE(WritePackedFilter(first, path).ok());
  const auto mapped = MapPackedFilter(path);
  ASSERT_TRUE(mapped);
  const PackedFilter copy = *mapped;
  ASSERT_TRUE(WritePackedFilter(*PackRandom(WinogradVariant::kF4K3, 4, 4, 0.3, {4, 64}, kSeed), path).ok());
  std::filesystem::remove(path);
  ExpectSame(copy, first);
}

TEST(PackedFile, RefusesEveryLengthButItsOwn) {
  const PackedFileSample sample(SmallFilter());
  for (size_t size = 0; size < sample.bytes.size(); ++size) {
    // A copy of exactly this length, so that a sanitizer sees a read past it.
    std::vector<std::byte> cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<int64_t>(size));
    ExpectDamaged(ParsePackedFilter(cut, nullptr), "cut off");
    if (size < sizeof(PackedFileHeader)) continue;
    reinterpret_cast<PackedFileHeader*>(cut.data())->file_bytes = size;
    RepairChecksum(cut);
    ExpectDamaged(ParsePackedFilter(cut, nullptr), "");
  }
  std::vector<std::byte> longer = sample.bytes;
  longer.push_back(std::byte{0});
  ExpectDamaged(ParsePackedFilter(longer, nullptr), "something was appended");
}

TEST(PackedFile, RefusesEveryChangeOfAByte) {
  PackedFileSample sample(*PackRandom(WinogradVariant::kF2K3, 1, 2, 0.5, {2, 64}, kSeed));
  for (std::byte& byte : sample.bytes) {
    const std::byte right = byte;
    for (int change = 1; change < 256; ++change) {
      byte = right ^ static_cast<std::byte>(change);
      const auto parsed = sample.Parse();
      ASSERT_FALSE(parsed) << "byte " << &byte - sample.bytes.data() << " changed by " << change;
      ASSERT_EQ(parsed.error().code(), StatusCode::kDataLoss);
    }
    byte = right;
  }
  EXPECT_TRUE(sample.Parse());
}

// Also where the change is signed: a file is refused, or is a file that Write() makes of some filter.
TEST(PackedFile, TakesNothingThatItWouldNotWrite) {
  PackedFileSample sample(*PackRandom(WinogradVariant::kF2K3, 2, 5, 0.5, {4, 64}, kSeed));
  int accepted = 0;
  for (std::byte& byte : sample.bytes) {
    const std::byte right = byte;
    for (int bit = 0; bit < 8; ++bit) {
      byte = right ^ static_cast<std::byte>(1 << bit);
      const auto parsed = sample.ParseRepaired();
      if (parsed) {
        ++accepted;
        const std::vector<float> q = parsed->Unpack();
        const auto again =
            PackedFilter::Pack(parsed->variant(), parsed->out_channels(), parsed->in_channels(), q, parsed->layout());
        ASSERT_TRUE(again);
        ASSERT_EQ(SerializePackedFilter(*again), sample.bytes)
            << "byte " << &byte - sample.bytes.data() << " bit " << bit << " seed " << kSeed;
      }
    }
    byte = right;
  }
  EXPECT_GT(accepted, 1000);  // most bits of the weights
}

TEST(PackedFile, RefusesAnotherVersionNamingBoth) {
  PackedFileSample sample(SmallFilter());
  sample.header.version = 1;
  for (const bool repaired : {false, true}) {
    const auto parsed = repaired ? sample.ParseRepaired() : sample.Parse();
    ExpectDamaged(parsed, "version 2");
    ExpectDamaged(parsed, "version 1");
  }
}

TEST(PackedFile, RefusesAnAddressThatStructuresCannotHave) {
  const PackedFileSample sample(SmallFilter());
  std::vector<std::byte> moved(sample.bytes.size() + 1);
  std::copy(sample.bytes.begin(), sample.bytes.end(), moved.begin() + 1);
  const auto parsed = ParsePackedFilter(std::span(moved).subspan(1), nullptr);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(parsed.error().message(), HasSubstr("multiple of 8"));
}

TEST(PackedFile, NamesTheFileThatCannotBeMapped) {
  const TempFolder folder;
  const auto missing = MapPackedFilter(folder / "missing.wpf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("missing.wpf"));

  const auto no_file = MapPackedFilter(folder.path());
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(no_file.error().message(), HasSubstr(folder.path().string()));

  std::ofstream(folder / "empty.wpf").close();
  ExpectDamaged(MapPackedFilter(folder / "empty.wpf"), "empty.wpf: packed filter file: it is cut off: it has 0 bytes");

  std::ofstream(folder / "other.wpf") << "{\"this\": \"is something else\"}";
  ExpectDamaged(MapPackedFilter(folder / "other.wpf"),
                "other.wpf: packed filter file: it does not begin with WINNOWPF");
}

TEST(PackedFile, LeavesNothingBehindWhereItCannotBeWritten) {
  const TempFolder folder;
  const PackedFilter filter = SmallFilter();
  const Status no_folder = WritePackedFilter(filter, folder / "missing" / "filter.wpf");
  EXPECT_EQ(no_folder.code(), StatusCode::kNotFound);
  EXPECT_THAT(no_folder.message(), HasSubstr("missing/filter.wpf"));

  // The rename fails.
  std::filesystem::create_directories(folder / "filter.wpf" / "full");
  EXPECT_FALSE(WritePackedFilter(filter, folder / "filter.wpf").ok());
  EXPECT_EQ(FilesIn(folder.path()), 1u);

  // Root may write anywhere, so the test is somebody else for a moment.
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all & ~std::filesystem::perms::group_write &
                                                  ~std::filesystem::perms::others_write);
  const auto closed = folder / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms(0555));
  const bool is_root = ::geteuid() == 0;
  if (is_root && ::seteuid(65534) != 0) GTEST_SKIP() << "this container has no user but root";
  const Status refused = WritePackedFilter(filter, closed / "filter.wpf");
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(refused.code(), StatusCode::kPermissionDenied) << refused.ToString();
  EXPECT_THAT(refused.message(), HasSubstr("closed/filter.wpf"));
  EXPECT_EQ(FilesIn(closed), 0u);
}

TEST(PackedFile, KeepsTheOldFileWhereThereIsNoRoom) {
  const TempFolder folder;
  const auto path = folder / "filter.wpf";
  const PackedFilter old = SmallFilter();
  ASSERT_TRUE(WritePackedFilter(old, path).ok());
  // A limit of the process in place of a full disk: both end a write halfway.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = WritePackedFilter(*PackRandom(WinogradVariant::kF4K3, 4, 4, 0.3, {4, 64}, kSeed), path);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status.ToString();
  EXPECT_EQ(FilesIn(folder.path()), 1u);
  const auto mapped = MapPackedFilter(path);
  ASSERT_TRUE(mapped);
  ExpectSame(*mapped, old);
}

}  // namespace
}  // namespace winnow::kernels
