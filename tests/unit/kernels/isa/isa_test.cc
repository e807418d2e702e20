#include "kernels/isa/isa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/isa/flush_denormals.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

TEST(Isa, ParsesItsOwnNames) {
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    const Result<Isa> parsed = ParseIsa(IsaName(isa));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, isa);
  }
}

TEST(Isa, RefusesOtherNames) {
  const Result<Isa> parsed = ParseIsa("neon");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(parsed.error().message(), HasSubstr("neon"));
}

TEST(Isa, ListsAvailableOnesWithTheBestLast) {
  const std::vector<Isa> isas = AvailableIsas();
  ASSERT_FALSE(isas.empty());
  EXPECT_EQ(isas.front(), Isa::kScalar);
  EXPECT_EQ(isas.back(), BestIsa());
  for (Isa isa : isas) EXPECT_TRUE(IsaAvailable(isa));
}

TEST(Isa, SelectTakesTheForcedOneOrSaysWhyNot) {
  EXPECT_EQ(SelectIsa({}).value(), BestIsa());
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    const Result<Isa> selected = SelectIsa(isa);
    if (IsaAvailable(isa)) {
      EXPECT_EQ(selected.value(), isa);
    } else {
      EXPECT_EQ(selected.error().code(), StatusCode::kFailedPrecondition);
    }
  }
}

TEST(FlushDenormals, TreatsDenormalsAsZeroInItsScopeOnly) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "no MXCSR on this machine";
#endif
  volatile float small = 1e-38f;
  volatile float tenth = 0.1f;
  EXPECT_NE(small * tenth, 0.0f);
  {
    const FlushDenormals flush;
    EXPECT_EQ(small * tenth, 0.0f);
  }
  EXPECT_NE(small * tenth, 0.0f);
}

}  // namespace
}  // namespace winnow::kernels
