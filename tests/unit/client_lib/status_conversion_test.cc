#include "client/lib/status_conversion.h"

#include <gtest/gtest.h>

namespace winnow::client {
namespace {

TEST(StatusConversion, CodesAreTheSame) {
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
  for (int code = 1; code <= 16; ++code) {
    const Status status = FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(code), "text"));
    EXPECT_EQ(static_cast<int>(status.code()), code);
    EXPECT_EQ(status.message(), "text");
  }
  EXPECT_EQ(FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(99), "")).code(), StatusCode::kUnknown);
}

TEST(StatusConversion, ShortensWhatGrpcSaysAboutConnections) {
  EXPECT_EQ(ShortReason("failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect "
                        "to remote host: Connection refused"),
            "Connection refused");
  EXPECT_EQ(ShortReason("failed to connect to all addresses; last error: UNKNOWN: unix:/x: No such file or directory"),
            "unix:/x: No such file or directory");
  EXPECT_EQ(ShortReason("Socket closed"), "Socket closed");
  EXPECT_EQ(ShortReason(""), "no reason given");
}

}  // namespace
}  // namespace winnow::client
