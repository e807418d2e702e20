#include "server/rpc/status_conversion.h"

#include <gtest/gtest.h>

#include "server/rpc/api_version.h"
#include "server/rpc/listen_options.h"

namespace winnow::server {
namespace {

TEST(StatusConversion, KeepsCodeAndMessage) {
  EXPECT_TRUE(ToGrpcStatus(OkStatus()).ok());
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpcStatus(Status(static_cast<StatusCode>(code), "what"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "what");
  }
}

TEST(StatusConversion, CutsWhatHeadersCannotHold) {
  EXPECT_EQ(ToGrpcStatus(Internal(std::string(4096, 'x'))).error_message().size(), 4096u);
  const std::string cut = ToGrpcStatus(Internal(std::string(5000, 'x'))).error_message();
  EXPECT_EQ(cut, std::string(4096, 'x') + "\n(904 more bytes)");

  std::string faults;
  while (faults.size() < 6000) faults += "/winograd/rates/3: expected a number above 0 and below 1\n";
  const std::string lines = ToGrpcStatus(Internal(faults)).error_message();
  EXPECT_EQ(faults.rfind(lines.substr(0, lines.rfind("\n(")) + "\n", 0), 0u) << "cut within a line";

  std::string umlauts;
  while (umlauts.size() < 6000) umlauts += "\xC3\xA4";
  umlauts.insert(0, "x");
  const std::string whole = ToGrpcStatus(Internal(umlauts)).error_message();
  EXPECT_EQ(whole.find("\n("), 4095u) << "cut within a character";
}

TEST(ListenOptions, RefusesWhatCannotBeMeant) {
  const auto code = [](const ListenOptions& options) { return CheckListenOptions(options).code(); };
  const auto at = [](const std::string& address) {
    ListenOptions options;
    options.tcp_address = address;
    return options;
  };
  for (const char* good : {"", "127.0.0.1:0", "host.example:65535", "[::1]:7070"}) {
    EXPECT_EQ(code(at(good)), StatusCode::kOk) << good;
  }
  for (const char* bad : {"7070", ":7070", "host", "host:", "host:x", "host:65536", "host:-1", "::1:7070", "[::1:7"}) {
    EXPECT_EQ(code(at(bad)), StatusCode::kInvalidArgument) << bad;
  }
  ListenOptions half;
  half.tls_certificate = "cert.pem";
  EXPECT_EQ(code(half), StatusCode::kInvalidArgument);
  ListenOptions only_ca;
  only_ca.tls_client_ca = "ca.pem";
  EXPECT_EQ(code(only_ca), StatusCode::kInvalidArgument);
  ListenOptions deep;
  deep.unix_socket = std::string(108, 'x');
  EXPECT_EQ(code(deep), StatusCode::kInvalidArgument);
  deep.unix_socket = std::string(107, 'x');
  EXPECT_EQ(code(deep), StatusCode::kOk);
}

TEST(ListenOptions, KnowsWhatIsOpenToOthers) {
  for (const char* closed : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", ""}) {
    EXPECT_FALSE(IsOpenToOthers(closed)) << closed;
  }
  for (const char* open : {"0.0.0.0:1", "[::]:1", "192.168.1.2:1", "lab.example:1"}) {
    EXPECT_TRUE(IsOpenToOthers(open)) << open;
  }
}

TEST(ListenOptions, NamesTheTlsFileThatIsMissing) {
  ListenOptions options;
  options.tls_certificate = "/nonexistent/cert.pem";
  options.tls_key = "/nonexistent/key.pem";
  const auto credentials = MakeServerCredentials(options);
  ASSERT_FALSE(credentials);
  EXPECT_NE(credentials.error().message().find("/nonexistent/cert.pem"), std::string::npos);
}

}  // namespace
}  // namespace winnow::server
