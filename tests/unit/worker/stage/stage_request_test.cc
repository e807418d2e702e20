#include "worker/stage/stage_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

const std::string kHex(64, 'a');

Json EvaluateRequest() {
  return {
      {"protocol", 1},
      {"stage", "stages/" + kHex},
      {"kind", "evaluate"},
      {"version", spec::StageKindVersion(spec::StageKind::kEvaluate)},
      {"attempt", 2},
      {"parameters", {{"model", {{"name", "lenet-5-3x3"}}}, {"data", {{"name", "fashion-mnist"}}}, {"tile_size", 4}}},
      {"parents", {{{"key", kHex}, {"checkpoint", "/net.safetensors"}, {"digest", kHex}}}},
      {"data", {{"name", "fashion-mnist"}, {"digest", kHex}, {"path", "/data"}}},
      {"resume", {{"checkpoint", "/resume.safetensors"}, {"epoch", 3}}},
      {"numerics", {{"device", "cpu"}, {"threads", 2}}},
      {"memory_limit_bytes", 2147483648},
      {"output_dir", "/out"}};
}

TEST(ParseStageRequest, ReadsEveryMember) {
  const Result<StageRequest> request = ParseStageRequest(DumpJson(EvaluateRequest()));
  ASSERT_TRUE(request) << request.error().ToString();
  EXPECT_EQ(request->stage, "stages/" + kHex);
  EXPECT_EQ(request->kind, spec::StageKind::kEvaluate);
  EXPECT_EQ(request->attempt, 2);
  EXPECT_EQ(std::get<spec::EvaluateParameters>(request->parameters).tile_size, 4);
  ASSERT_EQ(request->parents.size(), 1U);
  EXPECT_EQ(request->parents[0].checkpoint, "/net.safetensors");
  EXPECT_EQ(request->parents[0].digest, kHex);
  EXPECT_EQ(request->data->folder, "/data");
  EXPECT_EQ(request->resume->epoch, 3);
  EXPECT_FALSE(request->pretrained);
  EXPECT_EQ(request->threads, 2);
  EXPECT_EQ(request->memory_limit_bytes, int64_t{2147483648});
  EXPECT_EQ(request->output_dir, "/out");
}

struct Fault {
  std::string what;
  std::function<void(Json&)> make;
  std::string message;  // part of it
};

TEST(ParseStageRequest, NamesEachFaultByItsPointer) {
  const std::vector<Fault> faults = {
      {"no kind", [](Json& r) { r.erase("kind"); }, "/kind: missing"},
      {"unknown kind", [](Json& r) { r["kind"] = "prune"; }, "/kind: expected train, spatial_prune"},
      {"parameters missing", [](Json& r) { r.erase("parameters"); }, "/parameters: missing"},
      {"bad parameter", [](Json& r) { r["parameters"]["tile_size"] = 3; }, "tile_size"},
      {"no parent", [](Json& r) { r["parents"] = Json::array(); }, "/parents: expected an array of 1"},
      {"two parents", [](Json& r) { r["parents"].push_back(r["parents"][0]); }, "/parents: expected an array of 1"},
      {"parent digest", [](Json& r) { r["parents"][0]["digest"] = "ABC"; }, "/parents/0/digest: expected 64"},
      {"relative path", [](Json& r) { r["parents"][0]["checkpoint"] = "x"; }, "/parents/0/checkpoint: expected an abs"},
      {"no data", [](Json& r) { r.erase("data"); }, "/data: missing"},
      {"other data set", [](Json& r) { r["data"]["name"] = "cifar-10"; }, "/data/name: expected \"fashion-mnist\""},
      {"data is a string", [](Json& r) { r["data"] = "/data"; }, "/data: expected an object"},
      {"no numerics", [](Json& r) { r.erase("numerics"); }, "/numerics: missing"},
      {"device", [](Json& r) { r["numerics"]["device"] = "tpu"; }, "/numerics/device: expected \"cpu\""},
      {"threads", [](Json& r) { r["numerics"]["threads"] = 0; }, "/numerics/threads: expected an integer from 1"},
      {"threads as text", [](Json& r) { r["numerics"]["threads"] = "2"; }, "/numerics/threads: expected an integer"},
      {"output", [](Json& r) { r["output_dir"] = ""; }, "/output_dir: expected a string that is not empty"},
      {"attempt", [](Json& r) { r["attempt"] = 0; }, "/attempt: expected an integer"},
      {"resume epoch", [](Json& r) { r["resume"]["epoch"] = -1; }, "/resume/epoch: expected an integer"},
      {"unknown member", [](Json& r) { r["treads"] = 1; }, "/treads: unknown member"},
      {"unknown nested member", [](Json& r) { r["resume"]["step"] = 1; }, "/resume/step: unknown member"},
  };
  for (const Fault& fault : faults) {
    Json json = EvaluateRequest();
    fault.make(json);
    const Result<StageRequest> request = ParseStageRequest(DumpJson(json));
    ASSERT_FALSE(request) << fault.what;
    EXPECT_EQ(request.error().code(), StatusCode::kInvalidArgument) << fault.what;
    EXPECT_THAT(request.error().message(), HasSubstr(fault.message)) << fault.what;
  }
}

TEST(ParseStageRequest, NamesAllFaultsAtOnce) {
  Json json = EvaluateRequest();
  json.erase("data");
  json["attempt"] = "x";
  json["numerics"]["threads"] = 1000;
  const Result<StageRequest> request = ParseStageRequest(DumpJson(json));
  ASSERT_FALSE(request);
  for (const char* pointer : {"/data", "/attempt", "/numerics/threads"}) {
    EXPECT_THAT(request.error().message(), HasSubstr(pointer));
  }
}

TEST(ParseStageRequest, RefusesOtherProtocolsAndVersions) {
  Json json = EvaluateRequest();
  json["protocol"] = 2;
  EXPECT_EQ(ParseStageRequest(DumpJson(json)).error().code(), StatusCode::kFailedPrecondition);
  json = EvaluateRequest();
  json["version"] = 99;
  const Result<StageRequest> request = ParseStageRequest(DumpJson(json));
  EXPECT_EQ(request.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(request.error().message(), HasSubstr("version 99 of the kind evaluate"));
}

TEST(ParseStageRequest, ATrainingWithPretrainedWeightsNeedsTheirFile) {
  Json json = EvaluateRequest();
  json["kind"] = "train";
  json["version"] = spec::StageKindVersion(spec::StageKind::kTrain);
  json["parents"] = Json::array();
  json["parameters"] = {{"model", {{"name", "resnet-20"}, {"pretrained_sha256", kHex}}},
                        {"data", {{"name", "fashion-mnist"}}},
                        {"training", {{"epochs", 0}}}};
  const Result<StageRequest> without = ParseStageRequest(DumpJson(json));
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message(), HasSubstr("/pretrained: missing"));
  json["pretrained"] = "/weights.safetensors";
  const Result<StageRequest> with = ParseStageRequest(DumpJson(json));
  ASSERT_TRUE(with) << with.error().ToString();
  EXPECT_EQ(with->pretrained, "/weights.safetensors");
}

TEST(ParseStageRequest, GivesLineAndColumnOfASyntaxError) {
  const Result<StageRequest> request = ParseStageRequest("{\"kind\": ");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(request.error().message(), HasSubstr("line 1"));
}

TEST(ReadStageRequest, NamesTheFile) {
  EXPECT_EQ(ReadStageRequest("/nowhere/request.json").error().code(), StatusCode::kNotFound);
  EXPECT_THAT(ReadStageRequest("/nowhere/request.json").error().message(), HasSubstr("/nowhere/request.json"));
}

}  // namespace
}  // namespace winnow::worker
