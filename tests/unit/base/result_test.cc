#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace winnow {
namespace {

Result<std::unique_ptr<int>> Make(bool good) {
  if (!good) return Err(NotFound("nothing"));
  return std::make_unique<int>(7);
}

Result<int> Doubled(bool good) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<int> value, Make(good));
  return 2 * *value;
}

Status Check(bool good) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::unique_ptr<int> value, Make(good));
  return *value == 7 ? OkStatus() : Internal("not 7");
}

Status Both(bool first, bool second) {
  WINNOW_RETURN_IF_ERROR(Check(first).WithContext("first"));
  WINNOW_RETURN_IF_ERROR(Check(second).WithContext("second"));
  return OkStatus();
}

Result<int> Counted(bool good) {
  WINNOW_RETURN_ERR_IF_ERROR(Check(good));
  return 1;
}

TEST(Result, CarriesAValueOrTheReason) {
  EXPECT_EQ(**Make(true), 7);
  EXPECT_EQ(Make(false).error(), NotFound("nothing"));
  EXPECT_TRUE(StatusOf(Make(true)).ok());
  EXPECT_EQ(StatusOf(Make(false)), NotFound("nothing"));
}

TEST(Result, MacrosPassErrorsOn) {
  EXPECT_EQ(*Doubled(true), 14);
  EXPECT_EQ(Doubled(false).error(), NotFound("nothing"));
  EXPECT_TRUE(Both(true, true).ok());
  EXPECT_EQ(Both(true, false).message(), "second: nothing");
  EXPECT_EQ(*Counted(true), 1);
  EXPECT_EQ(Counted(false).error().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace winnow
