#include "worker/agent/command_line.h"

#include <gmock/gmock.h>

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CommandLine, ReadsEveryOption) {
  const auto parsed = ParseCommandLine(
      {"--server",    "lab:7071", "--name",      "w1",     "--data-root",  "/a",     "--data-root",       "/b",
       "--executor",  "/x/stage", "--threads",   "3",      "--memory-mib", "100",    "--work-dir",        "/w",
       "--label",     "room=b2",  "--label",     "empty=", "--lifeline",   "9",      "--connect-timeout", "2.5",
       "--cache-mib", "7",        "--log-level", "warn",   "--tls-ca",     "/ca.pem"});
  ASSERT_TRUE(parsed) << parsed.error().ToString();
  ASSERT_TRUE(parsed->run);
  const AgentOptions& agent = parsed->run->agent;
  EXPECT_EQ(agent.server.target, "lab:7071");
  EXPECT_TRUE(agent.server.tls.enabled);
  EXPECT_EQ(agent.server.tls.ca, "/ca.pem");
  EXPECT_EQ(agent.name, "w1");
  EXPECT_THAT(agent.data_roots, ElementsAre("/a", "/b"));
  EXPECT_EQ(agent.executor, "/x/stage");
  EXPECT_EQ(agent.resources, (Resources{3, int64_t{100} << 20}));
  EXPECT_EQ(agent.work_folder, "/w");
  EXPECT_EQ(agent.labels, (std::map<std::string, std::string>{{"room", "b2"}, {"empty", ""}}));
  EXPECT_EQ(agent.connect_patience, std::chrono::milliseconds(2500));
  EXPECT_EQ(agent.cache_bytes, int64_t{7} << 20);
  EXPECT_EQ(parsed->run->lifeline, 9);
  EXPECT_EQ(parsed->run->log_level, "warn");
}

TEST(CommandLine, HasDefaults) {
  const auto parsed = ParseCommandLine({"--server", "unix:/s"});
  ASSERT_TRUE(parsed) << parsed.error().ToString();
  EXPECT_EQ(parsed->run->agent.executor.filename(), "winnow-stage");
  EXPECT_GE(parsed->run->agent.resources.threads, 1);
  EXPECT_GE(parsed->run->agent.resources.memory_bytes, int64_t{256} << 20);
  EXPECT_EQ(parsed->run->agent.connect_patience, std::chrono::seconds(30));
  EXPECT_FALSE(parsed->run->agent.server.tls.enabled);
  EXPECT_EQ(parsed->run->lifeline, -1);
}

TEST(CommandLine, HelpAndVersionEndTheProgram) {
  const auto help = ParseCommandLine({"--help"});
  ASSERT_TRUE(help);
  EXPECT_FALSE(help->run);
  EXPECT_THAT(help->text, HasSubstr("Examples:"));
  const auto version = ParseCommandLine({"--version"});
  ASSERT_TRUE(version);
  EXPECT_THAT(version->text, HasSubstr("winnow-worker "));
}

TEST(CommandLine, NamesWhatIsWrong) {
  struct Case {
    std::vector<std::string> arguments;
    const char* why;
  };
  const Case cases[] = {
      {{}, "--server"},
      {{"--server"}, "--server"},
      {{"--server", "http://x"}, "not a URL"},
      {{"--server", "unix:/s", "--threads", "0"}, "--threads"},
      {{"--server", "unix:/s", "--name", "Lab 3"}, "say, lab-3"},
      {{"--server", "unix:/s", "--label", "room"}, "KEY=VALUE"},
      {{"--server", "unix:/s", "--log-level", "loud"}, "--log-level"},
      {{"--server", "unix:/s", "--work-dir", ""}, "--work-dir"},
      {{"--server", "unix:/s", "--frobnicate"}, "--frobnicate"},
      {{"--server", "unix:/s", "extra"}, "extra"},
  };
  for (const Case& c : cases) {
    const auto parsed = ParseCommandLine(c.arguments);
    ASSERT_FALSE(parsed) << c.why;
    EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message(), HasSubstr(c.why));
  }
}

}  // namespace
}  // namespace winnow::worker
