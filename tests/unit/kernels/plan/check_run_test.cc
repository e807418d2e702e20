// Everything CheckRun() refuses, each with a message that names the buffer, and what it lets through.
#include "kernels/plan/check_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "kernels/layout/aligned_floats.h"
#include "kernels/plan/scratch_buffer.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

// One block of memory for all buffers, so that any two can be made to overlap.
class CheckRunTest : public testing::Test {
 protected:
  static constexpr ConvShape kShape{1, 2, 3, 8, 8, 1};
  static constexpr size_t kInput = 2 * 8 * 8;
  static constexpr size_t kOutput = 3 * 8 * 8;

  explicit CheckRunTest(bool residual = false)
      : plan_(MakeConvPlan({.shape = kShape, .residual = residual}, std::vector<float>(3 * 2 * 36, 1.0f)).value()),
        memory_(static_cast<int64_t>(kInput + 2 * kOutput + plan_.ScratchBytes() / sizeof(float)) + 64) {
    const std::span<float> all = memory_.span();
    input_ = all.first(kInput);
    output_ = all.subspan(kInput, kOutput);
    residual_ = all.subspan(kInput + kOutput, kOutput);
    scratch_ = std::as_writable_bytes(all.subspan(kInput + 2 * kOutput)).first(plan_.ScratchBytes());
  }

  Status Check() { return CheckRun(plan_, input_, output_, scratch_); }
  Status CheckWithResidual() { return CheckRun(plan_, input_, output_, scratch_, residual_); }

  static void ExpectRefused(const Status& status, const char* words) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << words;
    EXPECT_THAT(status.message(), HasSubstr(words));
    EXPECT_THAT(status.message(), HasSubstr("n1 c2 k3 h8 w8 p1"));
  }

  ConvPlan plan_;
  AlignedFloats memory_;
  std::span<float> input_;
  std::span<float> output_;
  std::span<float> residual_;
  std::span<std::byte> scratch_;
};

class CheckRunWithResidualTest : public CheckRunTest {
 protected:
  CheckRunWithResidualTest() : CheckRunTest(/*residual=*/true) {}
};

TEST_F(CheckRunTest, LetsThroughWhatRunTakes) {
  EXPECT_EQ(Check(), OkStatus());
  kernels::Run(plan_, input_, output_, scratch_, SerialFor);
  EXPECT_EQ(CheckRun(plan_, input_, output_, ScratchBuffer(plan_.ScratchBytes()).bytes()), OkStatus());
}

TEST_F(CheckRunTest, LetsTensorsBeginAtAnyFloat) {
  AlignedFloats more(kInput + 1);
  input_ = more.span().subspan(1);
  EXPECT_EQ(Check(), OkStatus());
}

TEST_F(CheckRunTest, RefusesAnInputOrOutputOfAnotherSize) {
  input_ = input_.first(kInput - 1);
  ExpectRefused(Check(), "input has 127 floats, in layout nchw it needs 128");
  input_ = memory_.span().first(kInput + 1);
  ExpectRefused(Check(), "input has 129 floats");
  input_ = input_.first(kInput);
  output_ = output_.first(0);
  ExpectRefused(Check(), "output has 0 floats, in layout nchw it needs 192");
}

TEST_F(CheckRunTest, RefusesSizesThatWrapAround) {
  // 2^62 floats more are the same number of bytes modulo 2^64.
  const std::span<const float> wrapped(input_.data(), (size_t{1} << 62) + kInput);
  ExpectRefused(CheckRun(plan_, wrapped, output_, scratch_), "input has 4611686018427388032 floats");
  const std::span<const std::byte> everything(reinterpret_cast<std::byte*>(input_.data()), SIZE_MAX);
  ExpectRefused(CheckRun(plan_, input_, output_, everything), "scratch and input share");
}

TEST_F(CheckRunTest, RefusesTensorsThatAreNotAlignedAsFloats) {
  const auto bytes = std::as_bytes(memory_.span()).subspan(1);
  const std::span<const float> shifted(reinterpret_cast<const float*>(bytes.data()), kInput);
  ExpectRefused(CheckRun(plan_, shifted, output_, scratch_), "input begins 1 bytes past a multiple of 4");
}

TEST_F(CheckRunTest, RefusesScratchThatIsTooSmallOrMisaligned) {
  scratch_ = scratch_.first(plan_.ScratchBytes() - 1);
  ExpectRefused(Check(), "scratch has ");
  ExpectRefused(Check(), ("the plan needs " + std::to_string(plan_.ScratchBytes())).c_str());
  scratch_ = {scratch_.data() + 4, plan_.ScratchBytes()};
  ExpectRefused(Check(), "scratch begins 4 bytes past a multiple of 64");
  scratch_ = {};
  ExpectRefused(Check(), "scratch has 0 bytes");
}

TEST_F(CheckRunTest, RefusesBuffersThatOverlap) {
  const std::span<float> good = output_;
  output_ = memory_.span().subspan(kInput - 1, kOutput);
  ExpectRefused(Check(), "output and input share 4 bytes");
  output_ = memory_.span().subspan(kInput + 2 * kOutput, kOutput);
  ExpectRefused(Check(), "scratch and output share 768 bytes");
  output_ = good;
  input_ = memory_.span().subspan(kInput + 2 * kOutput - 64, kInput);
  ExpectRefused(Check(), "scratch and input share 256 bytes");
}

TEST_F(CheckRunTest, RefusesAResidualThePlanDoesNotAdd) {
  ExpectRefused(CheckWithResidual(), "was made without ConvPlanOptions.residual");
}

TEST_F(CheckRunWithResidualTest, LetsThroughAResidualOfItsOwnTheOutputOrTheInputsMemory) {
  EXPECT_EQ(CheckWithResidual(), OkStatus());
  residual_ = output_;
  EXPECT_EQ(CheckWithResidual(), OkStatus());
  residual_ = memory_.span().subspan(kInput + kOutput, kOutput);
  input_ = residual_.first(kInput);  // both are only read
  EXPECT_EQ(CheckWithResidual(), OkStatus());
}

TEST_F(CheckRunWithResidualTest, RefusesAMissingOrABadResidual) {
  ExpectRefused(Check(), "no residual is given");
  const std::span<float> good = residual_;
  residual_ = good.first(kOutput - 1);
  ExpectRefused(CheckWithResidual(), "residual has 191 floats");
  residual_ = memory_.span().subspan(kInput + 1, kOutput);
  ExpectRefused(CheckWithResidual(), "output and residual share 764 bytes");
  residual_ = memory_.span().subspan(kInput + 2 * kOutput, kOutput);
  ExpectRefused(CheckWithResidual(), "scratch and residual share 768 bytes");
}

TEST(CheckRun, CountsTheEmptyLanesOfABlockedLayout) {
  const ConvPlan plan =
      MakeConvPlan({.shape = {3, 1, 1, 4, 4, 1}, .layout = TensorLayout::kBlocked16}, std::vector<float>(36, 1.0f))
          .value();
  AlignedFloats tensor(3 * 16), output(plan.OutputElements());
  ScratchBuffer scratch(plan.ScratchBytes());
  EXPECT_THAT(CheckRun(plan, tensor.span(), output.span(), scratch.bytes()).message(),
              HasSubstr("input has 48 floats, in layout blocked16 it needs 256"));
}

}  // namespace
}  // namespace winnow::kernels
