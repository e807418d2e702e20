#include "kernels/tuning/tuning_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

const char kTwo[] =
    "winnow-kernel-tuning 1\n"
    "# machine isa variant batch in_channels out_channels height width padding layout threads residual relu "
    "density_percent multiply vectors panel_bytes\n"
    "feed avx2 F2 16 3 5 7 9 0 blocked16 2 1 1 100 dense 4 -\n"
    "feed avx512 F4 1 64 64 56 56 1 nchw 1 0 0 35 sparse 8 16384\n";

const KernelChoice kSparse8{MultiplyKind::kSparse, {.vectors = 8, .panel_bytes = 16384}};
const KernelChoice kDense4{MultiplyKind::kDense, {.vectors = 4}};

TuningKey SparseKey() { return TuningKey::Of("feed", {.shape = {1, 64, 64, 56, 56, 1}}, Isa::kAvx512, 0.37); }
TuningKey DenseKey() {
  return TuningKey::Of("feed",
                       {.shape = {16, 3, 5, 7, 9, 0},
                        .variant = WinogradVariant::kF2K3,
                        .threads = 2,
                        .layout = TensorLayout::kBlocked16,
                        .residual = true,
                        .relu = true},
                       Isa::kAvx2, 1.0);
}

TEST(TuningKey, RoundsDensityToTwentieths) {
  const auto percent = [](double density) { return TuningKey::Of("m", {}, Isa::kScalar, density).density_percent; };
  EXPECT_EQ(percent(0), 0);
  EXPECT_EQ(percent(0.024), 0);
  EXPECT_EQ(percent(0.026), 5);
  EXPECT_EQ(percent(0.374), 35);
  EXPECT_EQ(percent(1), 100);
}

TEST(TuningMemory, WritesAndReadsWhatIsDocumented) {
  TuningMemory memory;
  memory.Remember(SparseKey(), kSparse8);
  memory.Remember(DenseKey(), kDense4);
  EXPECT_EQ(memory.ToText(), kTwo);
  const Result<TuningMemory> read = TuningMemory::Parse(kTwo, "f");
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->ToText(), kTwo);
  EXPECT_EQ(read->Find(SparseKey()), kSparse8);
  EXPECT_EQ(read->Find(DenseKey()), kDense4);
}

TEST(TuningMemory, KnowsOnlyTheVeryLayer) {
  TuningMemory memory;
  memory.Remember(SparseKey(), kSparse8);
  const auto expect_unknown = [&](void (*change)(TuningKey&)) {
    TuningKey key = SparseKey();
    change(key);
    EXPECT_FALSE(memory.Find(key)) << key.ToText();
  };
  expect_unknown([](TuningKey& key) { key.machine = "other"; });
  expect_unknown([](TuningKey& key) { key.isa = Isa::kAvx2; });
  expect_unknown([](TuningKey& key) { key.variant = WinogradVariant::kF2K3; });
  expect_unknown([](TuningKey& key) { key.shape.padding = 0; });
  expect_unknown([](TuningKey& key) { key.layout = TensorLayout::kBlocked16; });
  expect_unknown([](TuningKey& key) { key.threads = 2; });
  expect_unknown([](TuningKey& key) { key.residual = true; });
  expect_unknown([](TuningKey& key) { key.relu = true; });
  expect_unknown([](TuningKey& key) { key.density_percent = 40; });
}

TEST(TuningMemory, TakesTheNewerChoice) {
  TuningMemory memory = TuningMemory::Parse(kTwo, "f").value(), newer;
  const KernelChoice other{MultiplyKind::kSparse, {.vectors = 2, .panel_bytes = 32768}};
  newer.Remember(SparseKey(), other);
  memory.Merge(newer);
  EXPECT_EQ(memory.Find(SparseKey()), other);
  EXPECT_EQ(memory.Find(DenseKey()), kDense4);
}

TEST(TuningMemory, NamesTheLineThatIsDamaged) {
  const std::string good = kTwo, last = "feed avx512 F4 1 64 64 56 56 1 nchw 1 0 0 35 sparse 8 16384\n";
  const std::string head = good.substr(0, good.size() - last.size());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = last;
    return head + line.replace(line.find(from), from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "f, line 1: this is no tuning file"},
      {"{}\n", "f, line 1: this is no tuning file"},
      {"winnow-kernel-tuning 1\n", "f, line 2: the line of columns is missing"},
      {good.substr(0, good.size() - 1), "f, line 4: the file ends within a line"},
      {good + "\n", "f, line 5: it has 1 columns, not 17"},
      {good + last, "f, line 5: an earlier line is of the same layer"},
      {with("avx512", "avx1024"), "f, line 4: "},
      {with("F4", "F6"), "f, line 4: "},
      {with(" 56 56", " 56 0"), "f, line 4: "},
      {with(" 64 64", " 64 many"), "f, line 4: out_channels is \"many\", not a whole number"},
      {with("nchw", "nhwc"), "f, line 4: layout is \"nhwc\""},
      {with("nchw 1 0", "nchw 0 0"), "f, line 4: threads is 0, not 1 to 4096"},
      {with("nchw 1 0", "nchw 1 2"), "f, line 4: residual is 2, not 0 to 1"},
      {with(" 35 ", " 36 "), "f, line 4: density_percent is 36, not a multiple of 5"},
      {with(" 35 ", " 105 "), "f, line 4: density_percent is 105"},
      {with("sparse", "fast"), "f, line 4: multiply is \"fast\""},
      {with(" 8 16384", " 9 16384"), "f, line 4: convolution plan: tuning.vectors is 9"},
      {with(" 8 16384", " 8 4"), "f, line 4: convolution plan: tuning.panel_bytes is 4"},
      {with("sparse 8 16384", "dense 4 16384"), "f, line 4: a dense choice has panel_bytes"},
      {with("sparse 8 16384", "sparse 08 16384"), "f, line 4: it is not written as Winnow does"},
  };
  for (const auto& [text, message] : cases) {
    const Result<TuningMemory> read = TuningMemory::Parse(text, "f");
    ASSERT_FALSE(read) << message;
    EXPECT_EQ(read.error().code(), StatusCode::kDataLoss) << message;
    EXPECT_THAT(read.error().message(), HasSubstr(message));
    EXPECT_THAT(read.error().message(), HasSubstr("remove the file"));
  }
}

TEST(TuningMemory, LeavesOtherVersionsAlone) {
  const Result<TuningMemory> read = TuningMemory::Parse("winnow-kernel-tuning 2\nwhatever", "f");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(read.error().message(), HasSubstr("f is of version 2, this program reads version 1"));
}

TEST(CheckTuningMachine, RefusesWhatWouldBreakALine) {
  EXPECT_TRUE(CheckTuningMachine("0123abcd").ok());
  for (const std::string& machine : {std::string(), std::string("two words"), std::string("line\n"), std::string("#a"),
                                     std::string(257, 'x'), std::string("\xc3\xa9")}) {
    EXPECT_EQ(CheckTuningMachine(machine).code(), StatusCode::kInvalidArgument) << machine;
  }
}

class TuningFileTest : public testing::Test {
 protected:
  TuningFileTest()
      : folder_(std::filesystem::temp_directory_path() / ("winnow-tuning-" + std::to_string(::getpid()))),
        path_(folder_ / "cache" / "tuning.txt") {
    std::filesystem::remove_all(folder_);
  }
  ~TuningFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) {
    std::filesystem::create_directories(path_.parent_path());
    std::ofstream(path_) << text;
  }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  std::filesystem::path folder_, path_;
};

TEST_F(TuningFileTest, ReadsNothingWhereThereIsNoFile) {
  const Result<TuningMemory> read = ReadTuningFile(path_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST_F(TuningFileTest, AddsToWhatOthersWroteInBetween) {
  TuningMemory one, other;
  one.Remember(SparseKey(), kSparse8);
  other.Remember(DenseKey(), kDense4);
  ASSERT_TRUE(AddToTuningFile(path_, one).ok());  // makes the folder
  ASSERT_TRUE(AddToTuningFile(path_, other).ok());
  EXPECT_EQ(Text(), kTwo);
  EXPECT_EQ(ReadTuningFile(path_)->ToText(), kTwo);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path_.parent_path()), {}), 1);
}

TEST_F(TuningFileTest, OverwritesNoFileThatItCannotRead) {
  TuningMemory one;
  one.Remember(SparseKey(), kSparse8);
  for (const std::string& text : {std::string("winnow-kernel-tuning 2\n"), std::string("damaged")}) {
    Write(text);
    const Status status = AddToTuningFile(path_, one);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.message(), HasSubstr(path_.string()));
    EXPECT_EQ(Text(), text);
  }
}

TEST_F(TuningFileTest, SaysWhatCannotBeReadOrWritten) {
  std::filesystem::create_directories(path_);  // a folder where the file should be
  EXPECT_FALSE(ReadTuningFile(path_));
  EXPECT_FALSE(AddToTuningFile(path_, {}).ok());
}

}  // namespace
}  // namespace winnow::kernels
