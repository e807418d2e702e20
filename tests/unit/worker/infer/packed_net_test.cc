#include "worker/infer/packed_net.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "base/durable_file.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/worker/infer/pruned_net.h"

namespace winnow::worker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Model {
  const char* name;
  double width;
  const char* data_set;
};

NetDescription Described(const Model& model, int tile_size) {
  return {.model = model.name, .width = model.width, .tile_size = tile_size, .spatial_rate = 0.3, .winograd_rate = 0.5};
}

// The same net every time, deployed.
DeployedNet Deployed(const Model& model, int tile_size, const std::vector<std::string>& dense = {}) {
  const std::shared_ptr<Net> net = RandomNet(model.name, model.width, model.data_set);
  Prune(*net, tile_size, dense);
  return DeployedNet::Make(net, tile_size).value();
}

Result<PackedNet> OpenFile(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(SafetensorsFile file, PackedNet::Map(path));
  return PackedNet::Open(std::move(file));
}

class PackedNetTest : public ::testing::Test {
 protected:
  static constexpr Model kLenet{"lenet-5-3x3", 1.0, "fashion-mnist"};

  std::filesystem::path Write(const Model& model, int tile_size, int64_t batch,
                              const std::vector<std::string>& dense = {}) {
    DeployedNet net = Deployed(model, tile_size, dense);
    const std::filesystem::path path = folder_ / "net.packed.safetensors";
    const Status written = WritePackedNet(path, net, Described(model, tile_size), batch);
    EXPECT_TRUE(written.ok()) << written.ToString();
    return path;
  }

  // Opens and deploys lenet's file after `change`, with a checksum that fits again.
  Status OpenChanged(const std::function<void(TensorViews&, StringMap&)>& change) {
    const Result<SafetensorsFile> good = PackedNet::Map(Write(kLenet, 4, 1, {"conv0"}));
    EXPECT_TRUE(good);
    TensorViews tensors = good->tensors();
    StringMap metadata = good->metadata();
    for (auto& [name, view] : tensors) {
      if (name.ends_with(".packed")) view.alignment = 64;
    }
    change(tensors, metadata);
    metadata["checksum"] = PackedNetChecksum(tensors, metadata);
    const std::filesystem::path path = folder_ / "changed.safetensors";
    EXPECT_TRUE(WriteSafetensors(path, tensors, metadata).ok());
    const Result<PackedNet> net = OpenFile(path);
    return net ? StatusOf(net->Deploy()) : net.error();
  }

  static void ExpectRefused(const Status& status, StatusCode code, const std::string& says) {
    EXPECT_EQ(status.code(), code) << status.ToString();
    EXPECT_THAT(status.message(), AllOf(HasSubstr(".safetensors: "), HasSubstr(says)));
  }

  testing::TempFolder folder_;
};

// Whatever the batch the filters were packed for: the others are packed anew, without a bit changed.
TEST_F(PackedNetTest, AnswersAsTheNetItWasMadeOfBitForBit) {
  for (const Model& model : {Model{"vgg-nagadomi", 0.125, "cifar-10"}, kLenet, Model{"resnet-20", 1.0, "cifar-10"}}) {
    for (const int tile_size : {2, 4}) {
      SCOPED_TRACE(::testing::Message() << model.name << " tile size " << tile_size);
      DeployedNet expected = Deployed(model, tile_size);
      const std::filesystem::path path = Write(model, tile_size, /*batch=*/16);
      const Result<PackedNet> packed = OpenFile(path);
      ASSERT_TRUE(packed) << packed.error().ToString();
      std::filesystem::remove(path);  // it stays mapped
      EXPECT_EQ(packed->description(), Described(model, tile_size));
      EXPECT_EQ(packed->data_set().name, model.data_set);
      Result<DeployedNet> deployed = packed->Deploy();
      ASSERT_TRUE(deployed) << deployed.error().ToString();
      EXPECT_EQ(deployed->ours(), expected.ours());
      const auto reference = packed->MakeReference();
      ASSERT_TRUE(reference) << reference.error().ToString();
      for (const int64_t batch : {16, 1, 5}) {
        const torch::Tensor images = Images(expected.net(), batch);
        const torch::Tensor logits = deployed->Run(images);
        EXPECT_TRUE(logits.equal(expected.Run(images))) << "batch " << batch;
        torch::InferenceMode inference;
        EXPECT_LT(RelativeDifference(logits, (*reference)->forward(images)), 1e-4) << "batch " << batch;
      }
    }
  }
}

TEST_F(PackedNetTest, UsesFiltersWhereTheyAreMapped) {
  const Result<SafetensorsFile> file = PackedNet::Map(Write(kLenet, 4, 16, {"conv0"}));
  ASSERT_TRUE(file);
  const Result<PackedNet> packed = PackedNet::Open(*file);
  ASSERT_TRUE(packed) << packed.error().ToString();
  Result<DeployedNet> net = packed->Deploy();
  ASSERT_TRUE(net);
  EXPECT_THAT(net->ours(), SizeIs(3));  // conv0 is dense
  const auto filters = net->PackFilters(16);
  ASSERT_TRUE(filters) << filters.error().ToString();
  for (const auto& [layer, filter] : *filters) {
    const std::span<const std::byte> bytes = file->tensors().at(layer + ".packed").bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 64, 0u) << layer;
    const auto* const weights = reinterpret_cast<const std::byte*>(filter.weights());
    EXPECT_TRUE(weights >= bytes.data() && weights < bytes.data() + bytes.size()) << layer;
  }
}

TEST_F(PackedNetTest, WritesEqualNetsAsEqualFiles) {
  const auto first = ReadFile(Write(kLenet, 4, 16));
  const auto second = ReadFile(Write(kLenet, 4, 16));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST_F(PackedNetTest, SaysWhatItHolds) {
  const Result<SafetensorsFile> file = PackedNet::Map(Write(kLenet, 2, 3, {"conv0"}));
  ASSERT_TRUE(file);
  StringMap metadata = file->metadata();
  EXPECT_THAT(metadata["isa"], Not(IsEmpty()));
  EXPECT_EQ(metadata["threads"], std::to_string(at::get_num_threads()));
  EXPECT_THAT(metadata["checksum"], SizeIs(16));
  for (const char* changing : {"isa", "threads", "checksum"}) metadata.erase(changing);
  EXPECT_EQ(metadata, (StringMap{{"format", "winnow-packed-net-1"},
                                 {"model", "lenet-5-3x3"},
                                 {"width", "1"},
                                 {"tile_size", "2"},
                                 {"spatial_rate", "0.3"},
                                 {"winograd_rate", "0.5"},
                                 {"image_channels", "1"},
                                 {"image_height", "32"},
                                 {"image_width", "32"},
                                 {"classes", "10"},
                                 {"batch_size", "3"},
                                 {"variant.conv1", "F(2x2,3x3)"},
                                 {"variant.conv2", "F(2x2,3x3)"},
                                 {"variant.conv3", "F(2x2,3x3)"}}));
  std::vector<std::string> names;
  for (const auto& [name, view] : file->tensors()) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("conv0.bias", "conv0.weight", "conv1.bias", "conv1.packed", "conv2.bias",
                                            "conv2.packed", "conv3.bias", "conv3.packed", "fc0.bias", "fc0.weight",
                                            "fc1.bias", "fc1.weight"));
}

TEST_F(PackedNetTest, RefusesWhatIsCutOffOrChangedAnywhere) {
  const auto whole = ReadFile(Write(kLenet, 4, 1));
  ASSERT_TRUE(whole);
  const std::filesystem::path path = folder_ / "spoilt.safetensors";
  const auto open = [&](const std::string& content) {
    EXPECT_TRUE(WriteFileDurably(path, content).ok());
    return StatusOf(OpenFile(path));
  };
  for (const size_t size : {size_t{0}, size_t{5}, size_t{100}, whole->size() / 2, whole->size() - 1}) {
    ExpectRefused(open(whole->substr(0, size)), StatusCode::kDataLoss, "not a safetensors file");
  }
  uint64_t header = 0;
  std::memcpy(&header, whole->data(), sizeof header);
  for (const size_t at : {8 + header, whole->size() / 2, whole->size() - 1}) {
    std::string changed = *whole;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    ExpectRefused(open(changed), StatusCode::kDataLoss, "checksum does not match");
  }
  std::string changed = *whole;
  changed[changed.find("\"batch_size\":\"1\"") + 14] = '2';
  ExpectRefused(open(changed), StatusCode::kDataLoss, "checksum does not match");
}

TEST_F(PackedNetTest, RefusesOtherFilesAndVersions) {
  EXPECT_EQ(OpenFile(folder_ / "none.safetensors").error().code(), StatusCode::kNotFound);
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["format"] = "winnow-checkpoint-1"; }),
                StatusCode::kInvalidArgument, "not a packed net");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata.erase("format"); }), StatusCode::kInvalidArgument,
                "\"format\" is missing); `winnow export --packed` writes one");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["format"] = "winnow-packed-net-2"; }),
                StatusCode::kInvalidArgument, "this program reads \"winnow-packed-net-1\"; write it again");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["model"] = "lenet-5-3x"; }),
                StatusCode::kInvalidArgument, "lenet-5-3x3");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["classes"] = "1000"; }),
                StatusCode::kInvalidArgument, "1 x 32 x 32 in 1000 classes, which no data set");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata.erase("width"); }), StatusCode::kInvalidArgument,
                "lacks \"width\"");
}

TEST_F(PackedNetTest, RefusesTensorsThatAreMissingMisshapenOrOfAnotherLayer) {
  ExpectRefused(OpenChanged([](TensorViews& tensors, auto&) { tensors.erase("conv1.packed"); }),
                StatusCode::kInvalidArgument, "conv1.packed: the tensor is missing; write it again");
  ExpectRefused(
      OpenChanged([](TensorViews& tensors, auto&) { std::swap(tensors["conv1.packed"], tensors["conv2.packed"]); }),
      StatusCode::kInvalidArgument, "conv1.packed: it is of F(4x4,3x3) with 32 output");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["variant.conv1"] = "F(2x2,3x3)"; }),
                StatusCode::kInvalidArgument, "the layer of F(2x2,3x3)");
  ExpectRefused(OpenChanged([](auto&, StringMap& metadata) { metadata["variant.conv9"] = "F(4x4,3x3)"; }),
                StatusCode::kInvalidArgument, "no prunable layer conv9");
  ExpectRefused(OpenChanged([](TensorViews& tensors, auto&) {
                  tensors["conv1.packed"].bytes = tensors["conv1.packed"].bytes.first(64);
                  tensors["conv1.packed"].shape = {64};
                }),
                StatusCode::kDataLoss, "conv1.packed: packed filter file: it is cut off");
  const Status unfit = OpenChanged([](TensorViews& tensors, StringMap& metadata) {
    tensors.erase("fc0.bias");
    tensors["fc1.bias"] = tensors["conv1.bias"];
    metadata.erase("variant.conv3");
  });
  EXPECT_EQ(unfit.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(unfit.message(), AllOf(HasSubstr("changed.safetensors does not fit the net lenet-5-3x3"),
                                     HasSubstr("missing: conv3.weight [32, 32, 3, 3], fc0.bias [128]"),
                                     HasSubstr("extra: conv3.packed"), HasSubstr("fc1.bias is [")));
}

}  // namespace
}  // namespace winnow::worker
