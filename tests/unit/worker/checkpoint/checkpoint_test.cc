#include "worker/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/durable_file.h"
#include "spec/data_set.h"
#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<Net> Make(const std::string& name, double width, uint64_t seed) {
  const spec::DataSet data_set = *spec::FindDataSet("cifar-10");
  return *MakeNet(*spec::FindNetwork(name, width, data_set), seed);
}

void ExpectSameState(const Net& a, const Net& b) {
  const auto left = a.named_parameters(), right = b.named_parameters();
  ASSERT_EQ(left.size(), right.size());
  for (const auto& item : left) EXPECT_TRUE(torch::equal(item.value(), right[item.key()])) << item.key();
  for (const auto& item : a.named_buffers()) {
    EXPECT_TRUE(torch::equal(item.value(), b.named_buffers()[item.key()])) << item.key();
  }
}

// Moves the running statistics, so that they are not what a new net has anyway.
void Disturb(Net& net) {
  net.train();
  torch::NoGradGuard no_grad;
  net.forward(torch::ones({4, 3, 32, 32}));
}

class CheckpointTest : public ::testing::Test {
 protected:
  SafetensorsFile Read(const std::string& name) { return *SafetensorsFile::Read(folder_ / name); }

  // A file like `from`, changed by `change`.
  template <typename Change>
  SafetensorsFile Changed(const SafetensorsFile& from, const Change& change) {
    TensorViews tensors = from.tensors();
    change(tensors);
    return *SafetensorsFile::Parse(SerializeSafetensors(tensors, from.metadata()), "changed");
  }

  winnow::testing::TempFolder folder_;
};

TEST_F(CheckpointTest, NetComesBack) {
  for (const char* name : {"lenet-5-3x3", "resnet-20"}) {
    SCOPED_TRACE(name);
    const auto net = Make(name, 1.0, 1), other = Make(name, 1.0, 2);
    Disturb(*net);
    const NetDescription description{.model = name, .spatial_rate = 0.3};
    ASSERT_TRUE(SaveNet(folder_ / "net", *net, description).ok());
    const SafetensorsFile file = Read("net");
    EXPECT_EQ(*DescriptionOf(file), description);
    ASSERT_TRUE(LoadNet(file, *other).ok());
    ExpectSameState(*net, *other);
  }
}

// Nobody else knows what such a net looks like.
TEST_F(CheckpointTest, HoldsANetworkOfTheUsersOwnAndItsImages) {
  const spec::DataSet images = *spec::FindDataSet(spec::kImageFolder, 7, 64);
  const spec::Network known = *spec::FindNetwork("resnet-18", 0.125, images);
  const spec::Network own = *spec::FindNetwork(spec::kGraphModel, 1.0, known.graph, images);
  const auto net = *MakeNet(own, 1);
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = own.name}).ok());
  const Result<NetDescription> description = DescriptionOf(Read("net"));
  ASSERT_TRUE(description) << description.error().message();
  EXPECT_EQ(description->graph, known.graph);
  EXPECT_EQ(description->classes, 7);
  EXPECT_EQ(description->image_side, 64);
  const auto other = *MakeNet(*spec::FindNetwork(description->model, 1.0, description->graph, images), 2);
  ASSERT_TRUE(LoadNet(Read("net"), *other).ok());
  ExpectSameState(*net, *other);
}

TEST_F(CheckpointTest, RefusesAGraphThatIsNone) {
  const auto net = Make("lenet-5-3x3", 1.0, 1);
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = "lenet-5-3x3"}).ok());
  const SafetensorsFile file = Read("net");
  for (const char* graph : {"{", R"({"layers": [{"kind": "covn"}]})"}) {
    StringMap metadata = file.metadata();
    metadata["graph"] = graph;
    const auto changed = *SafetensorsFile::Parse(SerializeSafetensors(file.tensors(), metadata), "changed");
    const Result<NetDescription> description = DescriptionOf(changed);
    ASSERT_FALSE(description);
    EXPECT_EQ(description.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(description.error().message(), HasSubstr("its metadata \"graph\""));
  }
}

TEST_F(CheckpointTest, NetInTheWinogradDomainComesBack) {
  const auto net = Make("vgg-nagadomi", 0.25, 1), other = Make("vgg-nagadomi", 0.25, 2);
  const std::vector<std::string> excluded{"conv2"};
  for (ConvUnit* unit : net->Prunable(excluded)) ASSERT_TRUE(ConvertToWinograd(*unit, 4).ok());
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = "vgg-nagadomi", .width = 0.25, .tile_size = 4}).ok());
  const SafetensorsFile file = Read("net");
  EXPECT_TRUE(file.tensors().contains("conv0.winograd_weight"));
  EXPECT_FALSE(file.tensors().contains("conv0.weight"));
  EXPECT_TRUE(file.tensors().contains("conv2.weight"));
  EXPECT_EQ(file.metadata().at("width"), "0.25");
  ASSERT_TRUE(LoadNetInAnyForm(file, *other).ok());
  EXPECT_EQ(other->FindConv("conv0")->conv().tile_size(), 4);
  EXPECT_EQ(other->FindConv("conv2")->conv().tile_size(), 0);
  ExpectSameState(*net, *other);
}

TEST_F(CheckpointTest, EqualNetsAreEqualFiles) {
  const auto net = Make("lenet-5-3x3", 1.0, 1), same = Make("lenet-5-3x3", 1.0, 1);
  ASSERT_TRUE(SaveNet(folder_ / "one", *net, {.model = "lenet-5-3x3"}).ok());
  ASSERT_TRUE(SaveNet(folder_ / "two", *same, {.model = "lenet-5-3x3"}).ok());
  EXPECT_EQ(*ReadFile(folder_ / "one"), *ReadFile(folder_ / "two"));
  EXPECT_THAT(Read("one").metadata(),
              ::testing::UnorderedElementsAre(::testing::Pair("format", "winnow-checkpoint-1"),
                                              ::testing::Pair("model", "lenet-5-3x3"), ::testing::Pair("width", "1"),
                                              ::testing::Pair("tile_size", "0"), ::testing::Pair("spatial_rate", "0"),
                                              ::testing::Pair("winograd_rate", "0")));
}

TEST_F(CheckpointTest, NamesEveryTensorThatDoesNotFit) {
  const auto net = Make("lenet-5-3x3", 1.0, 1), other = Make("lenet-5-3x3", 1.0, 2);
  const torch::Tensor before = other->FindConv("conv3")->conv().kernel().clone();
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = "lenet-5-3x3"}).ok());
  const std::vector<double> doubles(16, 1.0);
  const SafetensorsFile bad = Changed(Read("net"), [&](TensorViews& tensors) {
    tensors["extra.weight"] = tensors.at("bn0.bias");
    tensors.erase("conv0.weight");
    tensors.erase("bn1.running_var");
    tensors["fc1.bias"].shape = {2, 5};
    tensors["bn0.weight"] = {.type = ElementType::kF64, .shape = {16}, .bytes = std::as_bytes(std::span(doubles))};
  });
  const Status status = LoadNet(bad, *other);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("changed"), HasSubstr("lenet-5-3x3"),
                    HasSubstr("missing: bn1.running_var [16], conv0.weight"), HasSubstr("extra: extra.weight [16]"),
                    HasSubstr("fc1.bias is [2, 5] and not [10]"), HasSubstr("bn0.weight is F64 and not F32")));
  EXPECT_TRUE(torch::equal(other->FindConv("conv3")->conv().kernel(), before)) << "a refused file changed the net";
}

TEST_F(CheckpointTest, RefusesAWinogradWeightOfNoKnownTile) {
  const auto net = Make("lenet-5-3x3", 1.0, 1), other = Make("lenet-5-3x3", 1.0, 2);
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = "lenet-5-3x3"}).ok());
  const std::vector<float> values(16 * 3 * 25, 1.0f);
  const SafetensorsFile bad = Changed(Read("net"), [&](TensorViews& tensors) {
    tensors.erase("conv0.weight");
    tensors["conv0.winograd_weight"] = {
        .type = ElementType::kF32, .shape = {16, 3, 5, 5}, .bytes = std::as_bytes(std::span(values))};
  });
  const Status status = LoadNetInAnyForm(bad, *other);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("missing: conv0.weight"), HasSubstr("conv0.winograd_weight [16, 3, 5, 5]")));
}

TEST_F(CheckpointTest, IgnoresBatchCountsAndForeignMetadata) {
  const auto net = Make("lenet-5-3x3", 1.0, 1), other = Make("lenet-5-3x3", 1.0, 2);
  ASSERT_TRUE(SaveNet(folder_ / "net", *net, {.model = "lenet-5-3x3"}).ok());
  const std::vector<int64_t> batches{391};
  TensorViews tensors = Read("net").tensors();
  const SafetensorsFile own = Read("net");
  tensors = own.tensors();
  tensors["bn0.num_batches_tracked"] = {
      .type = ElementType::kI64, .shape = {}, .bytes = std::as_bytes(std::span(batches))};
  const SafetensorsFile foreign =
      *SafetensorsFile::Parse(SerializeSafetensors(tensors, {{"format", "pt"}, {"source", "elsewhere"}}), "foreign");
  EXPECT_TRUE(LoadNet(foreign, *other).ok());
  ExpectSameState(*net, *other);
  const Result<NetDescription> description = DescriptionOf(foreign);
  ASSERT_FALSE(description);
  EXPECT_THAT(description.error().message(), AllOf(HasSubstr("foreign"), HasSubstr("\"pt\"")));
}

TEST_F(CheckpointTest, ResumePointComesBack) {
  const auto net = Make("lenet-5-3x3", 1.0, 1), other = Make("lenet-5-3x3", 1.0, 2);
  const ResumePoint point{.epoch = 3,
                          .step = 17,
                          .numerics_class = "avx512;1.13.1",
                          .stage = "stages/abc",
                          .masks = {{"conv0", torch::ones({16, 3, 3, 3}, torch::kUInt8)}},
                          .optimizer = {{"conv0.weight.momentum_buffer", torch::rand({16, 3, 3, 3})},
                                        {"fc0.bias.step", torch::full({}, int64_t{9}, torch::kInt64)}},
                          .dense_copies = {{"conv0", torch::rand({16, 3, 3, 3})}},
                          .notes = {{"train_loss", "0.5"}}};
  ASSERT_TRUE(SaveResumePoint(folder_ / "point", *net, {.model = "lenet-5-3x3"}, point).ok());
  const SafetensorsFile file = Read("point");
  const Result<ResumePoint> read = ResumePointOf(file);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->epoch, 3);
  EXPECT_EQ(read->step, 17);
  EXPECT_EQ(read->numerics_class, point.numerics_class);
  EXPECT_EQ(read->stage, point.stage);
  EXPECT_EQ(read->notes, point.notes);
  ASSERT_EQ(read->masks.size(), 1u);
  EXPECT_TRUE(torch::equal(read->masks.at("conv0"), point.masks.at("conv0")));
  ASSERT_EQ(read->dense_copies.size(), 1u);
  EXPECT_TRUE(torch::equal(read->dense_copies.at("conv0"), point.dense_copies.at("conv0")));
  ASSERT_EQ(read->optimizer.size(), 2u);
  for (const auto& [name, tensor] : point.optimizer)
    EXPECT_TRUE(torch::equal(read->optimizer.at(name), tensor)) << name;
  // The net in it loads like any other.
  ASSERT_TRUE(LoadNetInAnyForm(file, *other).ok());
  ExpectSameState(*net, *other);
}

TEST_F(CheckpointTest, ANetIsNoResumePoint) {
  ASSERT_TRUE(SaveNet(folder_ / "net", *Make("lenet-5-3x3", 1.0, 1), {.model = "lenet-5-3x3"}).ok());
  const Result<ResumePoint> point = ResumePointOf(Read("net"));
  ASSERT_FALSE(point);
  EXPECT_EQ(point.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(point.error().message(), HasSubstr("\"epoch\""));
}

TEST_F(CheckpointTest, FailedSaveLeavesNothingBehind) {
  const Status status = SaveNet(folder_ / "absent/net", *Make("lenet-5-3x3", 1.0, 1), {.model = "lenet-5-3x3"});
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("absent/net"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace winnow::worker
