#include "base/status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace winnow {
namespace {

TEST(Status, NamesAreThoseOfGrpc) {
  const char* const names[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  for (int code = 0; code <= 16; ++code) EXPECT_EQ(StatusCodeName(static_cast<StatusCode>(code)), names[code]);
}

TEST(Status, MakersSetTheirCodes) {
  EXPECT_TRUE(OkStatus().ok());
  EXPECT_EQ(InvalidArgument("m").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(NotFound("m").code(), StatusCode::kNotFound);
  EXPECT_EQ(AlreadyExists("m").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(ResourceExhausted("m").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Unavailable("m").code(), StatusCode::kUnavailable);
  EXPECT_EQ(Internal("m").code(), StatusCode::kInternal);
  EXPECT_EQ(DataLoss("m").code(), StatusCode::kDataLoss);
  EXPECT_EQ(Aborted("m").code(), StatusCode::kAborted);
  EXPECT_EQ(Cancelled("m").code(), StatusCode::kCancelled);
  EXPECT_EQ(DeadlineExceeded("m").code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Unimplemented("m").code(), StatusCode::kUnimplemented);
  EXPECT_EQ(PermissionDenied("m").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(FailedPrecondition("m", "LEASE_LOST").reason(), "LEASE_LOST");
}

TEST(Status, ContextGoesBeforeTheMessage) {
  const Status status = FailedPrecondition("m", "R").WithContext("reading x");
  EXPECT_EQ(status.ToString(), "FAILED_PRECONDITION: reading x: m");
  EXPECT_EQ(status.reason(), "R");
  EXPECT_EQ(OkStatus().WithContext("x"), OkStatus());
  EXPECT_EQ(OkStatus().ToString(), "OK");
}

TEST(Status, ErrnoHasItsCode) {
  EXPECT_EQ(ErrnoStatus(ENOENT, "x").code(), StatusCode::kNotFound);
  EXPECT_EQ(ErrnoStatus(ENOSPC, "x").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EDQUOT, "x").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EACCES, "x").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EPERM, "x").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EROFS, "x").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EIO, "x").code(), StatusCode::kInternal);
  EXPECT_EQ(ErrnoStatus(ENOENT, "cannot open y").message(), "cannot open y: No such file or directory");
}

}  // namespace
}  // namespace winnow
