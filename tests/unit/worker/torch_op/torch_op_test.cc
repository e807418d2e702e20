// The operators as a program finds them: by loading the library and asking LibTorch for the names.
#include <ATen/core/dispatch/Dispatcher.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

c10::IValue Call(const char* name, std::vector<c10::IValue> arguments) {
  torch::InferenceMode inference;
  const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
  op.callBoxed(arguments);
  return arguments.at(0);
}

class TorchOpTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_NE(::dlopen(WINNOW_TORCH_OP, RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
    torch::manual_seed(7);
  }

  torch::Tensor input_ = torch::randn({3, 8, 11, 9});
  torch::Tensor weight_ = torch::randn({5, 8, 3, 3});
  torch::Tensor bias_ = torch::randn({5});
};

TEST_F(TorchOpTest, ComputesTheConvolution) {
  for (const int tile_size : {2, 4}) {
    const torch::Tensor q = ToWinogradDomain(weight_, tile_size);
    const c10::IValue packed = Call("winnow::prepack", {q, bias_, 1});
    const torch::Tensor plain = torch::conv2d(input_, weight_, bias_, 1, 1);
    EXPECT_TRUE(torch::allclose(Call("winnow::conv2d", {input_, packed, false}).toTensor(), plain, 1e-3, 1e-4));
    EXPECT_TRUE(torch::allclose(Call("winnow::conv2d", {input_, packed, true}).toTensor(), plain.relu(), 1e-3, 1e-4));
    const torch::Tensor residual = torch::randn_like(plain);
    EXPECT_TRUE(torch::allclose(Call("winnow::conv2d_add", {input_, packed, residual, true}).toTensor(),
                                (plain + residual).relu(), 1e-3, 1e-4));
    const torch::Tensor blocked = Call("winnow::conv2d", {BlockedFrom(input_), packed, false}).toTensor();
    EXPECT_TRUE(torch::allclose(NchwFrom(blocked).slice(0, 0, 3), plain, 1e-3, 1e-4));
  }
}

TEST_F(TorchOpTest, TakesNoBias) {
  const c10::IValue packed = Call("winnow::prepack", {ToWinogradDomain(weight_, 4), c10::IValue(), 0});
  const torch::Tensor plain = torch::conv2d(input_, weight_);
  EXPECT_TRUE(torch::allclose(Call("winnow::conv2d", {input_, packed, false}).toTensor(), plain, 1e-3, 1e-4));
}

TEST_F(TorchOpTest, NamesTheWrongArgument) {
  const auto message = [](const char* name, std::vector<c10::IValue> arguments) -> std::string {
    try {
      Call(name, std::move(arguments));
    } catch (const c10::Error& error) {
      return error.what_without_backtrace();
    }
    return "no error";
  };
  const torch::Tensor q = ToWinogradDomain(weight_, 4);
  EXPECT_THAT(message("winnow::prepack", {weight_, bias_, 1}), HasSubstr("weight must be [K, C, 4, 4]"));
  EXPECT_THAT(message("winnow::prepack", {q.to(torch::kFloat64), bias_, 1}), HasSubstr("float32"));
  EXPECT_THAT(message("winnow::prepack", {q, torch::zeros({4}), 1}), HasSubstr("bias must be [5]"));
  EXPECT_THAT(message("winnow::prepack", {q, bias_, -1}), HasSubstr("padding"));
  const c10::IValue packed = Call("winnow::prepack", {q, bias_, 1});
  EXPECT_THAT(message("winnow::conv2d", {torch::zeros({1, 7, 4, 4}), packed, false}), HasSubstr("7 channels"));
  EXPECT_THAT(message("winnow::conv2d", {torch::zeros({8, 4, 4}), packed, false}), HasSubstr("[N, C, H, W]"));
  EXPECT_THAT(message("winnow::conv2d", {input_.to(torch::kFloat64), packed, false}),
              HasSubstr("input must be float32"));
  EXPECT_THAT(message("winnow::conv2d_add", {input_, packed, torch::zeros({3, 5, 2, 2}), false}),
              HasSubstr("residual"));
}

}  // namespace
}  // namespace winnow::worker
