// Everything the C functions refuse, each with its code and a message that names the argument. Nothing may end the
// program, and a refused run leaves the output as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/c/winnow_kernels.h"
#include "kernels/isa/isa.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/kernels/c/c_layer.h"

namespace winnow::kernels {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

void ExpectRefused(winnow_status status, const char* words, winnow_status code = WINNOW_INVALID_ARGUMENT) {
  EXPECT_EQ(status, code) << winnow_last_error();
  EXPECT_THAT(winnow_last_error(), HasSubstr(words));
}

class CPlanRefusalsTest : public ::testing::Test {
 protected:
  void ExpectPlanRefused(const char* words, winnow_status code = WINNOW_INVALID_ARGUMENT) {
    winnow_conv_plan* plan = reinterpret_cast<winnow_conv_plan*>(this);  // to be overwritten
    ExpectRefused(winnow_conv_plan_from_weights(&layer_.options, layer_.weights.data(), layer_.weights.size(),
                                                layer_.bias.data(), layer_.bias.size(), &plan),
                  words, code);
    EXPECT_EQ(plan, nullptr);
  }

  CLayer layer_;
};

TEST_F(CPlanRefusalsTest, NullPointers) {
  const CLayer& l = layer_;
  winnow_conv_plan* plan = nullptr;
  ExpectRefused(winnow_conv_plan_from_weights(&l.options, l.weights.data(), l.weights.size(), nullptr, 0, nullptr),
                "plan is NULL");
  ExpectRefused(winnow_conv_plan_from_weights(nullptr, l.weights.data(), l.weights.size(), nullptr, 0, &plan),
                "winnow_conv_options is NULL");
  ExpectRefused(winnow_conv_plan_from_weights(&l.options, nullptr, l.weights.size(), nullptr, 0, &plan),
                "weights is NULL, but its count is 108");
  ExpectRefused(winnow_conv_plan_from_weights(&l.options, nullptr, 0, nullptr, 0, &plan), "weights has 0 floats");
  ExpectRefused(winnow_conv_plan_from_coefficients(&l.options, nullptr, 0, nullptr, 0, &plan), "got 0");
  ExpectRefused(winnow_conv_plan_from_weights(&l.options, l.weights.data(), l.weights.size(), nullptr, 4, &plan),
                "bias is NULL, but its count is 4");
  ExpectRefused(winnow_conv_plan_from_weights(&l.options, l.weights.data(), l.weights.size(), l.bias.data(), 0, &plan),
                "bias is given, but its count is 0");
}

TEST_F(CPlanRefusalsTest, StructSizesThatNoVersionHas) {
  for (const size_t size : {size_t{0}, sizeof(winnow_conv_options) - 1, size_t{1} << 20, SIZE_MAX}) {
    layer_.options.struct_size = size;
    ExpectPlanRefused("winnow_conv_options.struct_size is ");
  }
}

TEST_F(CPlanRefusalsTest, OptionsOutOfRange) {
  const winnow_conv_options good = layer_.options;
  const struct {
    int32_t winnow_conv_options::*member;
    int32_t value;
    const char* words;
  } cases[] = {
      {&winnow_conv_options::variant, 0, "the variant is 0; use WINNOW_F2X2_3X3 (2) or"},
      {&winnow_conv_options::layout, 2, "winnow_conv_options.layout is 2"},
      {&winnow_conv_options::multiply, -1, "winnow_conv_options.multiply is -1"},
      {&winnow_conv_options::multiply, 4, "_SPARSE (2) or _DIRECT (3)"},
      {&winnow_conv_options::isa, 4, "winnow_conv_options.isa is 4"},
      {&winnow_conv_options::threads, 0, "threads is 0; use 1 to 4096"},
      {&winnow_conv_options::residual, 2, "winnow_conv_options.residual is 2"},
      {&winnow_conv_options::relu, -1, "winnow_conv_options.relu is -1"},
      {&winnow_conv_options::reserved, 1, "winnow_conv_options.reserved is 1"},
  };
  for (const auto& [member, value, words] : cases) {
    layer_.options = good;
    layer_.options.*member = value;
    ExpectPlanRefused(words);
  }
}

TEST_F(CPlanRefusalsTest, SizesThatAreNone) {
  const winnow_conv_options good = layer_.options;
  for (int64_t winnow_conv_options::*size :
       {&winnow_conv_options::batch, &winnow_conv_options::in_channels, &winnow_conv_options::out_channels,
        &winnow_conv_options::height, &winnow_conv_options::width}) {
    for (const int64_t value : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX}) {
      layer_.options = good;
      layer_.options.*size = value;
      ExpectPlanRefused("convolution shape");
    }
  }
}

TEST_F(CPlanRefusalsTest, FiltersOfAnotherSizeOrNotFinite) {
  layer_.weights[9 * 4 + 5] = NAN;
  ExpectPlanRefused("weight at output channel 1, input channel 1, row 1, column 2 is not finite");
  layer_.weights.pop_back();
  ExpectPlanRefused("weights has 107 floats; 4 output and 3 input channels need 108");
  layer_.weights.assign(108, 1.0f);
  layer_.bias.pop_back();
  ExpectPlanRefused("bias has 3 values for 4 output channels");
}

TEST_F(CPlanRefusalsTest, AnIsaThatThisMachineLacks) {
  if (IsaAvailable(Isa::kAvx512)) GTEST_SKIP() << "this machine runs every instruction set there is";
  layer_.options.isa = WINNOW_ISA_AVX512;
  ExpectPlanRefused("this machine does not run avx512", WINNOW_FAILED_PRECONDITION);
}

TEST_F(CPlanRefusalsTest, PackedFiltersThatCannotBeWrittenOrAreNone) {
  const winnow::testing::TempFolder folder;
  const std::string path = folder / "layer.packed", none = folder / "none" / "layer.packed";
  winnow_conv_plan* made = nullptr;
  const auto from = [&](const char* file) {
    made = reinterpret_cast<winnow_conv_plan*>(this);  // to be overwritten
    const winnow_status status = winnow_conv_plan_from_packed(&layer_.options, file, nullptr, 0, &made);
    EXPECT_EQ(made, nullptr);
    return status;
  };
  CPlan plan;
  layer_.options.multiply = WINNOW_MULTIPLY_DENSE;
  ASSERT_EQ(layer_.Make(plan), WINNOW_OK);
  ExpectRefused(winnow_conv_plan_write_packed(plan.get(), path.c_str()),
                "make it with multiply = WINNOW_MULTIPLY_SPARSE", WINNOW_FAILED_PRECONDITION);
  layer_.options.multiply = WINNOW_MULTIPLY_SPARSE;
  ASSERT_EQ(layer_.Make(plan), WINNOW_OK);
  ExpectRefused(winnow_conv_plan_write_packed(nullptr, path.c_str()), "plan is NULL");
  ExpectRefused(winnow_conv_plan_write_packed(plan.get(), nullptr), "path is NULL");
  ExpectRefused(winnow_conv_plan_write_packed(plan.get(), none.c_str()), none.c_str(), WINNOW_NOT_FOUND);
  ExpectRefused(from(nullptr), "path is NULL");
  ExpectRefused(from(path.c_str()), path.c_str(), WINNOW_NOT_FOUND);
  std::ofstream(path) << "no packed filter, whatever its name says";
  ExpectRefused(from(path.c_str()), "does not begin with WINNOWPF", WINNOW_DATA_LOSS);
  ASSERT_EQ(winnow_conv_plan_write_packed(plan.get(), path.c_str()), WINNOW_OK) << winnow_last_error();
  ExpectRefused(winnow_conv_plan_from_packed(&layer_.options, path.c_str(), nullptr, 0, nullptr), "plan is NULL");
  layer_.options.variant = WINNOW_F2X2_3X3;
  ExpectRefused(from(path.c_str()), "give the filter that was packed for this layer");
  layer_.options.variant = WINNOW_F4X4_3X3;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 64);
  ExpectRefused(from(path.c_str()), "it is cut off", WINNOW_DATA_LOSS);
}

class CRunRefusalsTest : public ::testing::Test {
 protected:
  CRunRefusalsTest() {
    layer_.options.threads = 2;
    EXPECT_EQ(layer_.Make(plan_), WINNOW_OK) << winnow_last_error();
    layer_.Fit(plan_);
  }

  void ExpectRunRefused(const char* words) {
    ExpectRefused(winnow_conv_run(plan_.get(), &layer_.buffers, nullptr, nullptr), words);
    EXPECT_THAT(layer_.output, Each(-1.0f)) << words;
    layer_.Fit(plan_);
  }

  // Runs with a parallel_for that breaks its contract in one way.
  void ExpectLoopRefused(winnow_parallel_for parallel_for, const char* words,
                         winnow_status code = WINNOW_INVALID_ARGUMENT) {
    ExpectRefused(winnow_conv_run(plan_.get(), &layer_.buffers, parallel_for, nullptr), words, code);
  }

  CLayer layer_;
  CPlan plan_;
};

TEST_F(CRunRefusalsTest, NullPointers) {
  ExpectRefused(winnow_conv_run(nullptr, &layer_.buffers, nullptr, nullptr), "plan is NULL");
  ExpectRefused(winnow_conv_run(plan_.get(), nullptr, nullptr, nullptr), "winnow_conv_buffers is NULL");
  layer_.buffers.input = nullptr;
  ExpectRunRefused("winnow_conv_buffers.input is NULL");
  layer_.buffers.output = nullptr;
  ExpectRunRefused("winnow_conv_buffers.output is NULL");
  layer_.buffers.scratch = nullptr;
  ExpectRunRefused("winnow_conv_buffers.scratch is NULL; winnow_scratch_allocate()");
  layer_.buffers.residual_count = 1;
  ExpectRunRefused("winnow_conv_buffers.residual is NULL, but its count is 1");
}

TEST_F(CRunRefusalsTest, StructSizesThatNoVersionHas) {
  layer_.buffers.struct_size = 8;
  ExpectRefused(winnow_conv_run(plan_.get(), &layer_.buffers, nullptr, nullptr),
                "winnow_conv_buffers.struct_size is 8");
}

TEST_F(CRunRefusalsTest, BuffersThatDoNotFit) {
  layer_.buffers.input_count -= 1;
  ExpectRunRefused("input has 377 floats, in layout nchw it needs 378");
  layer_.buffers.output_count = SIZE_MAX;
  ExpectRunRefused("output has 18446744073709551615 floats");
  layer_.buffers.scratch_bytes -= 1;
  ExpectRunRefused("bytes, the plan needs ");
  layer_.buffers.scratch = static_cast<char*>(layer_.buffers.scratch) + 1;
  ExpectRunRefused("scratch begins 1 bytes past a multiple of 64");
  layer_.buffers.input = reinterpret_cast<const float*>(reinterpret_cast<const char*>(layer_.input.data()) + 2);
  ExpectRunRefused("input begins 2 bytes past a multiple of 4");
  layer_.buffers.input = layer_.output.data();
  ExpectRunRefused("output and input share ");
  layer_.buffers.residual = layer_.output.data();
  layer_.buffers.residual_count = layer_.output.size();
  ExpectRunRefused("a residual is given, but the plan was made without");
}

TEST_F(CRunRefusalsTest, LoopsThatLeaveItemsOut) {
  ExpectLoopRefused([](void*, int64_t, winnow_range_body, void*) {}, "parallel_for ran 0 of ");
  ExpectLoopRefused([](void*, int64_t count, winnow_range_body body, void* work) { body(work, 1, count, 0); },
                    "parallel_for ran ");
}

TEST_F(CRunRefusalsTest, LoopsThatLeaveTheirBounds) {
  ExpectLoopRefused([](void*, int64_t count, winnow_range_body body, void* work) { body(work, 0, count + 1, 0); },
                    "parallel_for passed the range [0, ");
  ExpectLoopRefused([](void*, int64_t count, winnow_range_body body, void* work) { body(work, -1, count, 0); },
                    "parallel_for passed the range [-1, ");
  ExpectLoopRefused([](void*, int64_t count, winnow_range_body body, void* work) { body(work, 0, count, 2); },
                    "parallel_for passed thread 2 to a plan for 2 threads");
  ExpectLoopRefused([](void*, int64_t count, winnow_range_body body, void* work) { body(work, 0, count, -1); },
                    "parallel_for passed thread -1");
}

TEST_F(CRunRefusalsTest, ExceptionsOutOfALoop) {
  ExpectLoopRefused([](void*, int64_t, winnow_range_body, void*) { throw std::runtime_error("the pool is closed"); },
                    "the pool is closed", WINNOW_INTERNAL);
  ExpectLoopRefused([](void*, int64_t, winnow_range_body, void*) { throw 1; }, "does a callback throw it?",
                    WINNOW_INTERNAL);
}

TEST(CRefusals, NullPlansAreNothing) {
  EXPECT_EQ(winnow_conv_plan_input_elements(nullptr), 0u);
  EXPECT_EQ(winnow_conv_plan_output_elements(nullptr), 0u);
  EXPECT_EQ(winnow_conv_plan_scratch_bytes(nullptr), 0u);
  EXPECT_EQ(winnow_conv_plan_density(nullptr), 0);
  winnow_conv_plan_destroy(nullptr);
  winnow_scratch_free(nullptr);
  EXPECT_EQ(winnow_scratch_allocate(SIZE_MAX), nullptr);
}

TEST(CRefusals, ConversionsOfAnotherSize) {
  std::vector<float> nchw(2 * 3 * 4), blocked(16 * 3 * 4);
  const auto convert = [&](int64_t batch, int64_t channels, int64_t pixels, size_t blocked_count) {
    return winnow_nchw_to_blocked16(batch, channels, pixels, nchw.data(), nchw.size(), blocked.data(), blocked_count);
  };
  EXPECT_EQ(convert(2, 3, 4, blocked.size()), WINNOW_OK) << winnow_last_error();
  ExpectRefused(convert(2, 3, 4, blocked.size() - 1), "blocked has 191 floats, it needs 192");
  ExpectRefused(convert(2, 3, 5, blocked.size()), "nchw has 24 floats, it needs 30");
  ExpectRefused(convert(0, 3, 4, blocked.size()), "a tensor of 0 images");
  ExpectRefused(convert(INT64_MAX, INT64_MAX, INT64_MAX, blocked.size()), "at most 2^40");
  ExpectRefused(winnow_blocked16_to_nchw(2, 3, 4, blocked.data(), blocked.size(), nullptr, nchw.size()),
                "nchw is NULL");
  ExpectRefused(winnow_blocked16_to_nchw(2, 3, 4, blocked.data(), blocked.size(), blocked.data() + 191, 24),
                "overlaps what it is made from");
}

TEST(CRefusals, FilterTransformsOfAnotherSize) {
  std::vector<float> w(18), q(72);
  EXPECT_EQ(winnow_filter_transform(WINNOW_F4X4_3X3, w.data(), w.size(), q.data(), q.size()), WINNOW_OK);
  ExpectRefused(winnow_filter_transform(3, w.data(), w.size(), q.data(), q.size()), "the variant is 3");
  ExpectRefused(winnow_filter_transform(4, w.data(), 17, q.data(), q.size()), "weights has 17 floats; it needs 9");
  ExpectRefused(winnow_filter_transform(2, w.data(), w.size(), q.data(), q.size()), "coefficients has 72 floats");
  ExpectRefused(winnow_filter_transform(4, w.data(), SIZE_MAX / 9 * 9, q.data(), q.size()), "at most 2^40");
}

TEST(CRefusals, ChoicesWithoutAPlaceOrADensity) {
  const CLayer layer;
  int32_t variant = 0;
  ExpectRefused(winnow_choose_variant(&layer.options, 0.5, nullptr), "variant is NULL");
  ExpectRefused(winnow_choose_layout(&layer.options, nullptr), "layout is NULL");
  ExpectRefused(winnow_choose_variant(&layer.options, 1.5, &variant), "density is 1.5");
  ExpectRefused(winnow_choose_variant(&layer.options, NAN, &variant), "density is ");
  ExpectRefused(winnow_choose_layout(nullptr, &variant), "winnow_conv_options is NULL");
}

}  // namespace
}  // namespace winnow::kernels
