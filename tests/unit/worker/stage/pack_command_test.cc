// `winnow-stage pack`, and `infer` of what it writes.
#include "worker/stage/pack_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/durable_file.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "tests/unit/worker/stage/tiny_stage.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/stage/infer_command.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

struct Ended {
  int exit_code = -1;
  std::string out, err;
};

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  return text;
}

Ended RunStageProgram(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), WINNOW_STAGE_PROGRAM);
  SubprocessOptions options;
  options.command = std::move(arguments);
  Result<Subprocess> child = Subprocess::Start(options);
  if (!child) return {.err = child.error().ToString()};
  Ended ended;
  ended.out = ReadAll(child->stdout_fd());
  ended.err = ReadAll(child->stderr_fd());
  ended.exit_code = child->Wait().exit_code;
  return ended;
}

// A checkpoint of lenet-5-3x3 with half of the coefficients zero.
void WriteCheckpoint(const std::filesystem::path& path) {
  const spec::DataSet data_set = spec::FindDataSet("fashion-mnist").value();
  const std::shared_ptr<Net> net = MakeNet(spec::FindNetwork("lenet-5-3x3", 1.0, data_set).value(), /*seed=*/1).value();
  torch::NoGradGuard no_grad;
  for (ConvUnit* unit : net->Prunable()) {
    ASSERT_TRUE(ConvertToWinograd(*unit, 2).ok());
    torch::Tensor flat = unit->conv().kernel().flatten();
    flat.index_put_({torch::arange(0, flat.numel(), 2)}, 0.0);
  }
  ASSERT_TRUE(SaveNet(path, *net, {.model = "lenet-5-3x3", .tile_size = 2}).ok());
}

TEST(PackArguments, AreReadAndChecked) {
  const Result<PackArguments> arguments =
      ParsePackArguments({"--checkpoint", "a", "--output=b", "--batch", "16", "--threads", "2", "--variant", "F2"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  EXPECT_EQ(arguments->checkpoint, "a");
  EXPECT_EQ(arguments->output, "b");
  EXPECT_EQ(arguments->batch, 16);
  EXPECT_EQ(arguments->threads, 2);
  EXPECT_EQ(arguments->tile_size, 2);
  const std::pair<std::vector<std::string>, const char*> faults[] = {
      {{"--output", "b"}, "--checkpoint is missing"},
      {{"--checkpoint", "a"}, "--output is missing"},
      {{"--checkpoint", "a", "--output", "b", "--batch", "0"}, "--batch takes a whole number from 1 to 4096"},
      {{"--checkpoint", "a", "--output", "b", "--rounds", "3"}, "unknown option --rounds"},
  };
  for (const auto& [words, says] : faults) {
    const Result<PackArguments> refused = ParsePackArguments(words);
    ASSERT_FALSE(refused) << says;
    EXPECT_THAT(refused.error().message(), HasSubstr(says));
  }
}

TEST(InferArguments, TakeTheFileByItselfOrAsAnOption) {
  EXPECT_EQ(ParseInferArguments({"net.safetensors", "--batch", "2"})->file, "net.safetensors");
  EXPECT_EQ(ParseInferArguments({"--checkpoint", "net.safetensors"})->file, "net.safetensors");
  EXPECT_THAT(ParseInferArguments({"--batch", "2"}).error().message(), HasSubstr("FILE is missing"));
  EXPECT_THAT(ParseInferArguments({"a", "b"}).error().message(), HasSubstr("unexpected argument \"b\""));
}

TEST(PackCommand, WritesANetThatInferRuns) {
  const TestFolder folder;
  const std::string checkpoint = folder.path() / "net.safetensors", packed = folder.path() / "packed.safetensors";
  WriteCheckpoint(checkpoint);
  const Ended pack = RunStageProgram({"pack", "--checkpoint", checkpoint, "--output", packed, "--batch", "16"});
  ASSERT_EQ(pack.exit_code, 0) << pack.err;
  EXPECT_THAT(pack.out, HasSubstr(packed + "  4 layers by our kernels, packed for batches of 16, 1 thread, "));
  for (const std::string& file : {checkpoint, packed}) {
    const Ended infer = RunStageProgram({"infer", file, "--peers", "none", "--rounds", "3", "--format", "json"});
    ASSERT_EQ(infer.exit_code, 0) << infer.err;
    const Result<Json> report = ParseJson(infer.out);
    ASSERT_TRUE(report) << infer.out;
    EXPECT_EQ(report->at("model"), "lenet-5-3x3");
    EXPECT_EQ(report->at("tile_size"), 2);
    ASSERT_EQ(report->at("rows").size(), 2U);
    for (const Json& row : report->at("rows")) {
      EXPECT_EQ(row.at("our_layers"), Json({"conv0", "conv1", "conv2", "conv3"}));
      EXPECT_LT(row.at("max_relative_error"), 1e-4);
    }
  }
}

TEST(PackCommand, SaysWhatIsWrong) {
  const TestFolder folder;
  const std::string checkpoint = folder.path() / "net.safetensors", none = folder.path() / "none";
  EXPECT_EQ(RunStageProgram({"pack", "--checkpoint", checkpoint}).exit_code, 2);
  const Ended missing = RunStageProgram({"pack", "--checkpoint", checkpoint, "--output", none});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr(checkpoint));
  ASSERT_TRUE(WriteFileDurably(checkpoint, "no net").ok());
  const Ended foreign = RunStageProgram({"pack", "--checkpoint", checkpoint, "--output", none});
  EXPECT_EQ(foreign.exit_code, 1);
  EXPECT_THAT(foreign.err, HasSubstr("net.safetensors: not a safetensors file"));
  EXPECT_FALSE(std::filesystem::exists(none));
}

}  // namespace
}  // namespace winnow::worker
