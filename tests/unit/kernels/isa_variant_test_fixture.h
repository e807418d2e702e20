// Tests over every instruction set and variant.
#ifndef TESTS_UNIT_KERNELS_ISA_VARIANT_TEST_FIXTURE_H_
#define TESTS_UNIT_KERNELS_ISA_VARIANT_TEST_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>

#include "kernels/isa/isa.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

struct IsaCase {
  Isa isa;
  WinogradVariant variant;
};

// A fixture over ISA x variant; a case the machine cannot run is skipped, not passed.
class IsaVariantTest : public ::testing::TestWithParam<IsaCase> {
 protected:
  void SetUp() override {
    if (!IsaAvailable(isa())) GTEST_SKIP() << "this machine does not run " << IsaName(isa());
  }
  Isa isa() const { return GetParam().isa; }
  WinogradVariant variant() const { return GetParam().variant; }
};

inline auto AllIsasAndVariants() {
  return ::testing::Values(IsaCase{Isa::kScalar, WinogradVariant::kF2K3}, IsaCase{Isa::kScalar, WinogradVariant::kF4K3},
                           IsaCase{Isa::kAvx2, WinogradVariant::kF2K3}, IsaCase{Isa::kAvx2, WinogradVariant::kF4K3},
                           IsaCase{Isa::kAvx512, WinogradVariant::kF2K3},
                           IsaCase{Isa::kAvx512, WinogradVariant::kF4K3});
}

inline std::string IsaCaseName(const ::testing::TestParamInfo<IsaCase>& info) {
  return std::string(IsaName(info.param.isa)) + (info.param.variant == WinogradVariant::kF2K3 ? "_F2" : "_F4");
}

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_ISA_VARIANT_TEST_FIXTURE_H_
