#include "server/http/metrics_text.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>
#include <sstream>

namespace winnow::server {
namespace {

using ::testing::HasSubstr;

Coordinator::Figures SomeFigures() {
  Coordinator::Figures figures;
  figures.load = {.ready_stages = 3, .waiting_workers = 2, .alive_workers = 5};
  figures.store = {.transactions = 100, .failed = 1, .commits = 40, .reads = 7};
  figures.leases = 4;
  figures.watchers = 6;
  return figures;
}

TEST(MetricsText, HasEveryFigure) {
  const std::string text = MetricsText(SomeFigures(), true);
  for (const char* line : {"winnow_stages_ready 3\n", "winnow_leases 4\n", "winnow_workers_alive 5\n",
                           "winnow_workers_waiting 2\n", "winnow_watchers 6\n", "winnow_store_writable 1\n",
                           "winnow_store_transactions_total 100\n", "winnow_store_transactions_failed_total 1\n",
                           "winnow_store_commits_total 40\n", "winnow_store_reads_total 7\n"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line));
  }
  EXPECT_THAT(MetricsText(SomeFigures(), false), HasSubstr("\nwinnow_store_writable 0\n"));
}

// HELP, TYPE, sample, in this order, each name once; a counter's name ends in _total.
TEST(MetricsText, IsOfTheTextFormat) {
  std::istringstream lines(MetricsText(SomeFigures(), true));
  std::string help, type, sample;
  std::set<std::string> names;
  while (std::getline(lines, help) && std::getline(lines, type) && std::getline(lines, sample)) {
    std::smatch match;
    ASSERT_TRUE(std::regex_match(sample, match, std::regex("([a-z_]+) [0-9]+"))) << sample;
    const std::string name = match[1];
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(help.rfind("# HELP " + name + " ", 0), 0u) << help;
    EXPECT_EQ(type, "# TYPE " + name + (name.ends_with("_total") ? " counter" : " gauge"));
  }
  EXPECT_EQ(names.size(), 10u);
}

}  // namespace
}  // namespace winnow::server
