#include "worker/checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/counter_random.h"
#include "base/durable_file.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::span<const std::byte> BytesOf(const std::vector<float>& values) { return std::as_bytes(std::span(values)); }

// A file with this header and `data` bytes behind it.
std::string FileOf(const std::string& header, size_t data) {
  std::string content(8, '\0');
  const uint64_t size = header.size();
  std::memcpy(content.data(), &size, 8);
  return content + header + std::string(data, '\0');
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const std::vector<float> a{1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, scalar{7.0f};
  const std::vector<uint8_t> mask{1, 0, 1};
  const TensorViews tensors{
      {"a.weight", {.type = ElementType::kF32, .shape = {2, 3}, .bytes = BytesOf(a)}},
      {"empty", {.type = ElementType::kF32, .shape = {0, 4}, .bytes = {}}},
      {"mask.a", {.type = ElementType::kU8, .shape = {3}, .bytes = std::as_bytes(std::span(mask))}},
      {"z", {.type = ElementType::kF32, .shape = {}, .bytes = BytesOf(scalar)}}};
  const StringMap metadata{{"format", "x"}, {"note", "with \"quotes\" and \xc3\xa4"}};
  const Result<SafetensorsFile> file = SafetensorsFile::Parse(SerializeSafetensors(tensors, metadata), "memory");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->metadata(), metadata);
  ASSERT_EQ(file->tensors().size(), 4u);
  for (const auto& [name, view] : tensors) {
    const TensorView& read = file->tensors().at(name);
    EXPECT_EQ(read.type, view.type) << name;
    EXPECT_EQ(read.shape, view.shape) << name;
    ASSERT_EQ(read.bytes.size(), view.bytes.size()) << name;
    EXPECT_TRUE(std::equal(read.bytes.begin(), read.bytes.end(), view.bytes.begin())) << name;
  }
}

TEST(Safetensors, ViewsStayValidWhenTheFileMoves) {
  const std::vector<float> a{1.0f, 2.0f};
  Result<SafetensorsFile> file = SafetensorsFile::Parse(
      SerializeSafetensors({{"a", {.type = ElementType::kF32, .shape = {2}, .bytes = BytesOf(a)}}}, {}), "memory");
  ASSERT_TRUE(file);
  const SafetensorsFile moved = std::move(*file);
  float read[2];
  std::memcpy(read, moved.tensors().at("a").bytes.data(), sizeof(read));
  EXPECT_EQ(read[1], 2.0f);
}

// The layout itself, so that other programs and later versions read it.
TEST(Safetensors, WritesASortedPaddedHeaderAndAlignedTensors) {
  const std::vector<float> values{1.0f};
  const std::vector<uint8_t> mask{9};
  const TensorViews tensors{{"a", {.type = ElementType::kU8, .shape = {1}, .bytes = std::as_bytes(std::span(mask))}},
                            {"b", {.type = ElementType::kF32, .shape = {1}, .bytes = BytesOf(values)}}};
  const std::string content = SerializeSafetensors(tensors, {{"k", "v"}});
  uint64_t size = 0;
  std::memcpy(&size, content.data(), 8);
  EXPECT_EQ(size % 8, 0u);
  std::string header = content.substr(8, size);
  header.erase(header.find_last_not_of(' ') + 1);
  EXPECT_EQ(header, R"({"__metadata__":{"k":"v"},"a":{"data_offsets":[4,5],"dtype":"U8","shape":[1]},)"
                    R"("b":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})");
  EXPECT_EQ(content.size(), 8 + size + 5);
  EXPECT_EQ(content.back(), 9);
  EXPECT_EQ(content, SerializeSafetensors(tensors, {{"k", "v"}}));
}

TEST(Safetensors, AlignsWhatAsksForItWithoutAGap) {
  const std::vector<float> values{1.0f, 2.0f, 3.0f};
  const std::vector<uint8_t> packed(128, 7);
  const TensorViews tensors{
      {"a", {.type = ElementType::kF32, .shape = {3}, .bytes = BytesOf(values)}},
      {"p", {.type = ElementType::kU8, .shape = {128}, .bytes = std::as_bytes(std::span(packed)), .alignment = 64}}};
  const std::string content = SerializeSafetensors(tensors, {{"k", "v"}});
  uint64_t size = 0;
  std::memcpy(&size, content.data(), 8);
  EXPECT_EQ((8 + size) % 64, 0u);
  EXPECT_EQ(content.size(), 8 + size + 128 + 12);
  EXPECT_EQ(content[8 + size], 7);
  // Bytes that somebody else keeps are looked at where they are.
  const auto owner = std::make_shared<const std::string>(content);
  const auto file = SafetensorsFile::Borrow(std::as_bytes(std::span(*owner)), owner, "memory");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->owner(), owner);
  EXPECT_EQ(static_cast<const void*>(file->tensors().at("p").bytes.data()), owner->data() + 8 + size);
}

struct Fault {
  const char* name;
  std::string content;
  const char* says;
};

TEST(Safetensors, SaysWhatIsWrong) {
  const std::string one = R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const auto tensor = [](const std::string& entry) { return R"({"t":)" + entry + "}"; };
  const Fault faults[] = {
      {"empty", "", "0 bytes"},
      {"shorter than its length field", "abc", "3 bytes"},
      {"header longer than the file", FileOf(one, 8).substr(0, 20), "truncated"},
      {"huge header", std::string(7, '\0') + "\x7f", "over the limit"},
      {"header just over the limit", std::string("\x01\xe1\xf5\x05\0\0\0\0", 8), "over the limit"},
      {"not JSON", FileOf("{\"t\":", 0), "not JSON"},
      {"not an object", FileOf("[1,2]", 0), "not a JSON object"},
      {"entry not an object", FileOf(tensor("3"), 0), "entry is not an object"},
      {"no dtype", FileOf(tensor(R"({"shape":[2],"data_offsets":[0,8]})"), 8), "no dtype"},
      {"unknown dtype", FileOf(tensor(R"({"dtype":"F33","shape":[2],"data_offsets":[0,8]})"), 8), "F33"},
      {"negative size", FileOf(tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), 8), "shape"},
      {"fractional size", FileOf(tensor(R"({"dtype":"F32","shape":[2.5],"data_offsets":[0,8]})"), 8), "shape"},
      {"overflowing shape",
       FileOf(tensor(R"({"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]})"), 8),
       "shape and dtype disagree"},
      {"absurd size", FileOf(tensor(R"({"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]})"), 0),
       "absurd"},
      {"one offset", FileOf(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8]})"), 8), "data_offsets"},
      {"offsets backwards", FileOf(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), 8), "8 to 0"},
      {"offsets outside", FileOf(one, 7), "lie outside the 7 bytes"},
      {"shape and bytes disagree", FileOf(tensor(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), 8),
       "disagree with its 8 bytes"},
      {"bytes behind", FileOf(one, 9), "1 bytes at its end"},
      {"gap", FileOf(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[4,12]})"), 12), "gap"},
      {"overlap",
       FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],)"
              R"("data_offsets":[4,12]}})",
              12),
       "overlap"},
      {"metadata not strings", FileOf(R"({"__metadata__":{"a":1}})", 0), "\"a\" is not a string"},
      {"metadata not an object", FileOf(R"({"__metadata__":[]})", 0), "__metadata__"},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.name);
    const Result<SafetensorsFile> file = SafetensorsFile::Parse(fault.content, "bad.safetensors");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), StatusCode::kDataLoss);
    EXPECT_THAT(file.error().message(), AllOf(HasSubstr("bad.safetensors"), HasSubstr(fault.says)));
  }
}

// No file, however damaged, may crash the reader: it comes from users.
TEST(Safetensors, SurvivesDamageAnywhere) {
  const std::vector<float> values(10, 1.0f);
  const std::string good = SerializeSafetensors(
      {{"a.weight", {.type = ElementType::kF32, .shape = {2, 5}, .bytes = BytesOf(values)}}}, {{"format", "x"}});
  constexpr uint64_t kSeed = 17;
  int refused = 0;
  for (uint64_t round = 0; round < 4000; ++round) {
    const RandomWords words = RandomAt(kSeed, RandomStream::kOrder, 0, round);
    std::string bad = good;
    bad[RandomBelow(words[0], static_cast<uint32_t>(bad.size()))] = static_cast<char>(words[1]);
    if (words[2] % 4 == 0) bad.resize(RandomBelow(words[3], static_cast<uint32_t>(bad.size())));
    refused += SafetensorsFile::Parse(bad, "damaged") ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

TEST(Safetensors, MissingFileIsNotFound) {
  winnow::testing::TempFolder folder;
  const Result<SafetensorsFile> file = SafetensorsFile::Read(folder / "absent.safetensors");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(file.error().message(), HasSubstr("absent.safetensors"));
}

TEST(Safetensors, WritesWholeOrNotAtAll) {
  winnow::testing::TempFolder folder;
  const std::vector<float> values{1.0f};
  const TensorViews tensors{{"a", {.type = ElementType::kF32, .shape = {1}, .bytes = BytesOf(values)}}};
  ASSERT_TRUE(WriteSafetensors(folder / "net.safetensors", tensors, {}).ok());
  EXPECT_TRUE(SafetensorsFile::Read(folder / "net.safetensors"));
  EXPECT_FALSE(WriteSafetensors(folder / "no/such/folder.safetensors", tensors, {}).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace winnow::worker
