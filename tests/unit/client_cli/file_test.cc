// Specs, positions, names, folders and pretrained files.
#include <gtest/gtest.h>

#include <sys/un.h>

#include "base/sha256.h"
#include "client/cli/data_folder.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_position.h"
#include "client/cli/pretrained_file.h"
#include "client/cli/resource_name.h"
#include "client/cli/spec_file.h"
#include "client/cli/submission.h"
#include "spec/parse.h"
#include "tests/unit/client_cli/temp_folder.h"

namespace winnow::cli {
namespace {

using testing::TempFolder;

TEST(ExitCode, EveryStatusHasOne) {
  const struct {
    StatusCode code;
    int exit;
  } cases[] = {{StatusCode::kOk, 0},
               {StatusCode::kCancelled, 130},
               {StatusCode::kUnknown, 1},
               {StatusCode::kInvalidArgument, 2},
               {StatusCode::kDeadlineExceeded, 4},
               {StatusCode::kNotFound, 3},
               {StatusCode::kAlreadyExists, 2},
               {StatusCode::kPermissionDenied, 4},
               {StatusCode::kResourceExhausted, 4},
               {StatusCode::kFailedPrecondition, 1},
               {StatusCode::kAborted, 1},
               {StatusCode::kOutOfRange, 2},
               {StatusCode::kUnimplemented, 4},
               {StatusCode::kInternal, 1},
               {StatusCode::kUnavailable, 4},
               {StatusCode::kDataLoss, 1},
               {StatusCode::kUnauthenticated, 4}};
  for (const auto& c : cases) EXPECT_EQ(ExitCodeOf(c.code), c.exit) << StatusCodeName(c.code);
}

TEST(JsonPosition, FindsMembersElementsAndTheWhole) {
  const std::string text = "{\n  \"a\": {\"b/c\": [10, {\"d~\": 1}]},\n  \"e\": \"}\\\"]\",\n  \"f\" : true\n}";
  EXPECT_EQ(FindPosition(text, ""), (TextPosition{1, 1}));
  EXPECT_EQ(FindPosition(text, "/a"), (TextPosition{2, 3}));
  EXPECT_EQ(FindPosition(text, "/a/b~1c"), (TextPosition{2, 9}));
  EXPECT_EQ(FindPosition(text, "/a/b~1c/0"), (TextPosition{2, 17}));
  EXPECT_EQ(FindPosition(text, "/a/b~1c/1/d~0"), (TextPosition{2, 22}));
  EXPECT_EQ(FindPosition(text, "/f"), (TextPosition{4, 3}));
  EXPECT_EQ(FindPosition(text, "/g"), std::nullopt);
  EXPECT_EQ(FindPosition(text, "/a/b~1c/2"), std::nullopt);
  EXPECT_EQ(FindPosition(text, "no pointer"), std::nullopt);
}

TEST(JsonPosition, TakesTheLastOfNamesThatStandTwice) {
  EXPECT_EQ(FindPosition("{\"a\": 1,\n\"a\": 2}", "/a"), (TextPosition{2, 1}));
}

TEST(JsonPosition, SurvivesWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"a\"", "{\"a\":", "[1,", "\"", "{\"a\\", "nonsense", "{\"\\ud800\": 1}"}) {
    FindPosition(text, "/a/0");
    FindPosition(text, "/a");
  }
  FindPosition(std::string(100000, '['), "/0/0");
}

TEST(ResourceName, ShowsAndReadsBothForms) {
  EXPECT_EQ(ShownName("sweeps/a-2/trials/f4-s30"), "a-2/f4-s30");
  EXPECT_EQ(ShownName("workers/w"), "w");
  EXPECT_EQ(ShownName("artifacts/sha256-ab"), "ab");
  EXPECT_EQ(ShownName("else/x"), "else/x");
  EXPECT_EQ(*SweepName("a"), "sweeps/a");
  EXPECT_EQ(*SweepName("sweeps/a"), "sweeps/a");
  EXPECT_EQ(*TrialName("a/f4-s62p5"), "sweeps/a/trials/f4-s62p5");
  EXPECT_EQ(*TrialName("sweeps/a/trials/dense"), "sweeps/a/trials/dense");
  EXPECT_EQ(SweepOf("sweeps/a/trials/t"), "sweeps/a");
  EXPECT_EQ(TrialIdOf("sweeps/a/trials/t"), "t");
  const std::string digest(64, 'a');
  for (const std::string& form : {digest, "sha256:" + digest, "sha256-" + digest, "artifacts/sha256-" + digest}) {
    EXPECT_EQ(*ArtifactName(form), "artifacts/sha256-" + digest);
  }
}

TEST(ResourceName, RefusalsSayWhatWasExpected) {
  for (const char* bad : {"", "A", "a/b", "a b", "../x"}) EXPECT_FALSE(SweepName(bad)) << bad;
  for (const char* bad : {"", "a", "a/", "/t", "a/b/c", "A/t"}) EXPECT_FALSE(TrialName(bad)) << bad;
  EXPECT_FALSE(ArtifactName("abc"));
  EXPECT_NE(TrialName("a").error().message().find("SWEEP/TRIAL"), std::string::npos);
}

TEST(ResourceName, LogTargets) {
  const std::string key(64, 'b');
  EXPECT_EQ(ParseLogTarget(key)->kind, LogTarget::Kind::kStage);
  EXPECT_EQ(ParseLogTarget("stages/" + key)->name, "stages/" + key);
  EXPECT_EQ(ParseLogTarget("0123abcd")->kind, LogTarget::Kind::kStagePrefix);
  EXPECT_EQ(ParseLogTarget("a/t")->name, "sweeps/a/trials/t");
  EXPECT_EQ(ParseLogTarget("fashion-mnist")->name, "sweeps/fashion-mnist");
  EXPECT_FALSE(ParseLogTarget("stages/xyz"));
}

TEST(DataFolder, TakesTheFirstThatIsSet) {
  EXPECT_EQ(*ResolveDataFolder("/flag", {"/winnow", "/xdg", "/home/u"}), "/flag");
  EXPECT_EQ(*ResolveDataFolder("", {"/winnow", "/xdg", "/home/u"}), "/winnow");
  EXPECT_EQ(*ResolveDataFolder("", {"", "/xdg", "/home/u"}), "/xdg/winnow");
  EXPECT_EQ(*ResolveDataFolder("", {"", "relative", "/home/u"}), "/home/u/.local/share/winnow");
  EXPECT_EQ(*ResolveDataFolder("a/../b", {}), std::filesystem::current_path() / "b");
  EXPECT_EQ(SocketAddress("/d"), "unix:/d/winnowd.sock");
}

TEST(DataFolder, RefusesNoneAndTooLongOnes) {
  EXPECT_EQ(ResolveDataFolder("", {}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(ResolveDataFolder("/" + std::string(93, 'x'), {}));
  const auto longer = ResolveDataFolder("/" + std::string(94, 'x'), {});
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().message().find("--data"), std::string::npos);
}

class PretrainedTest : public ::testing::Test {
 protected:
  TempFolder folder_;
  PretrainedPlaces places_{folder_.path() / "spec", folder_.path() / "work", {folder_.path() / "root"}};
};

TEST_F(PretrainedTest, LooksInOrder) {
  folder_.Write("root/deep/er/w.safetensors", "4");
  EXPECT_EQ(FindPretrainedFile({"sub/w.safetensors", ""}, places_)->path,
            folder_.path() / "root/deep/er/w.safetensors");
  folder_.Write("root/sub/w.safetensors", "3");
  EXPECT_EQ(FindPretrainedFile({"sub/w.safetensors", ""}, places_)->path, folder_.path() / "root/sub/w.safetensors");
  folder_.Write("work/sub/w.safetensors", "2");
  EXPECT_EQ(FindPretrainedFile({"sub/w.safetensors", ""}, places_)->path, folder_.path() / "work/sub/w.safetensors");
  folder_.Write("spec/sub/w.safetensors", "1");
  const auto found = FindPretrainedFile({"sub/w.safetensors", ""}, places_);
  EXPECT_EQ(found->path, folder_.path() / "spec/sub/w.safetensors");
  EXPECT_EQ(found->sha256, Sha256Hex("1"));
}

TEST_F(PretrainedTest, PassesByFilesWithAnotherDigest) {
  folder_.Write("spec/w.safetensors", "old");
  folder_.Write("root/w.safetensors", "new");
  EXPECT_EQ(FindPretrainedFile({"w.safetensors", Sha256Hex("new")}, places_)->path,
            folder_.path() / "root/w.safetensors");
  const auto none = FindPretrainedFile({"w.safetensors", Sha256Hex("other")}, places_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), StatusCode::kInvalidArgument);
  for (const std::string& part : {std::string("spec/w.safetensors"), Sha256Hex("other"), Sha256Hex("old")}) {
    EXPECT_NE(none.error().message().find(part), std::string::npos) << part;
  }
}

TEST_F(PretrainedTest, SaysWhereItLooked) {
  folder_.Write("root/a/b/c/d/e/w.safetensors", "too deep");
  const auto none = FindPretrainedFile({"w.safetensors", ""}, places_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), StatusCode::kNotFound);
  for (const char* part : {"/spec/w.safetensors", "/work/w.safetensors", "/root/w.safetensors", "--data-root"}) {
    EXPECT_NE(none.error().message().find(part), std::string::npos) << part;
  }
  folder_.Write("root/a/b/c/d/w.safetensors", "four folders deep");
  EXPECT_TRUE(FindPretrainedFile({"w.safetensors", ""}, places_));
}

constexpr const char* kCommentedSpec = R"({
  "name": "small",
  "model": {"name": "lenet-5-3x3"},
  "data": {"name": "fashion-mnist"},
  "training": {"epochs": 1},
  "spatial": {"rates": [0.3]}
})";

TEST(SpecFile, FaultsHavePlaces) {
  const TempFolder folder;
  std::string text = kCommentedSpec;
  text.replace(text.find("\"epochs\": 1"), 11, "\"epochs\": -1");
  text.replace(text.find("\"rates\""), 7, "\"tares\"");
  const auto file = ReadSpecFile(folder.Write("s.json", text));
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->spec);
  const std::string lines = FaultLines(*file);
  EXPECT_NE(lines.find("s.json:5:16: /training/epochs: "), std::string::npos) << lines;
  EXPECT_NE(lines.find("s.json:6:15: /spatial/tares: "), std::string::npos) << lines;
  EXPECT_EQ(ValidSpec(*file).error().code(), StatusCode::kInvalidArgument);
}

TEST(SpecFile, SyntaxErrorsAndMissingFiles) {
  const TempFolder folder;
  const auto file = ReadSpecFile(folder.Write("s.json", "{\"name\": \"x\",\n \"model\": }"));
  ASSERT_TRUE(file);
  EXPECT_NE(FaultLines(*file).find("line 2, column"), std::string::npos) << FaultLines(*file);
  const auto none = ReadSpecFile(folder.path() / "none.json");
  EXPECT_EQ(none.error().code(), StatusCode::kNotFound);
  EXPECT_NE(none.error().message().find("none.json"), std::string::npos);
  EXPECT_EQ(ReadSpecFile(folder.path()).error().code(), StatusCode::kInvalidArgument);
}

TEST(Submission, PutsTheDigestInPlaceOfThePath) {
  const TempFolder folder;
  folder.Write("weights.safetensors", "bytes");
  std::string text = kCommentedSpec;
  text.replace(text.find("\"lenet-5-3x3\""), 13,
               "\"lenet-5-3x3\", \"pretrained\": {\"path\": \"weights.safetensors\"}");
  const auto submission = PrepareSubmission(folder.Write("s.json", text), {}, 7);
  ASSERT_TRUE(submission) << submission.error().ToString();
  EXPECT_EQ(submission->pretrained->sha256, Sha256Hex("bytes"));
  EXPECT_EQ(submission->spec_json.find("weights.safetensors"), std::string::npos);
  EXPECT_NE(submission->spec_json.find(Sha256Hex("bytes")), std::string::npos);
  EXPECT_NE(submission->spec_json.find("\"priority\": 7"), std::string::npos);
  // Members keep their order.
  EXPECT_LT(submission->spec_json.find("\"name\""), submission->spec_json.find("\"model\""));
}

TEST(Submission, SendsAnUnchangedSpecByteByByte) {
  const TempFolder folder;
  EXPECT_EQ(PrepareSubmission(folder.Write("s.json", kCommentedSpec), {}, std::nullopt)->spec_json, kCommentedSpec);
}

// So that a sweep means the same when a later release has another preset of that name.
TEST(Submission, WritesThePresetOut) {
  const TempFolder folder;
  const char* const text = R"({"name": "p", "preset": "small/fashion-mnist", "training": {"epochs": 1}})";
  const auto submission = PrepareSubmission(folder.Write("s.json", text), {}, std::nullopt);
  ASSERT_TRUE(submission) << submission.error().ToString();
  EXPECT_EQ(submission->spec_json.find("preset"), std::string::npos) << submission->spec_json;
  const auto parsed = spec::ParseSweepSpec(submission->spec_json);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, submission->spec);
  EXPECT_EQ(parsed->training.epochs, 1);
  EXPECT_EQ(parsed->model.name, "lenet-5-3x3");
}

TEST(Submission, DataRoots) {
  const TempFolder folder;
  EXPECT_EQ(DataRoots({folder.path().string()}, false)->size(), 1u);
  const auto none = DataRoots({(folder.path() / "none").string()}, true);
  EXPECT_EQ(none.error().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace winnow::cli
