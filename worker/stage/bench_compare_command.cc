#include <cstdio>

#include "base/durable_file.h"
#include "worker/stage/bench_arguments.h"
#include "worker/stage/bench_command.h"

namespace winnow::worker {
namespace {

constexpr int kExitRegression = 5;

Result<Json> ReadReport(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  Result<Json> report = ParseJson(text);
  if (!report) return Err(report.error().WithContext(path.string()));
  return report;
}

Json ToJson(const BenchComparison& comparison) {
  Json rows = Json::array();
  for (const RowComparison& row : comparison.rows) {
    rows.push_back({{"row", row.row},
                    {"yardstick", row.yardstick},
                    {"before", row.before},
                    {"after", row.after},
                    {"change", row.Change()},
                    {"p", row.p},
                    {"verdict", BenchVerdictName(row.verdict)}});
  }
  return {{"rows", std::move(rows)}, {"only_in_one", comparison.only_in_one}, {"regressed", comparison.Regressed()}};
}

void PrintTable(const BenchComparison& comparison) {
  std::printf("%-56s %-15s %9s %9s %8s %8s  %s\n", "row", "our time in", "before", "after", "change", "p", "verdict");
  for (const RowComparison& row : comparison.rows) {
    std::printf("%-56s %-15s %9.4f %9.4f %+7.1f%% %8.1e  %s\n", row.row.c_str(), row.yardstick.c_str(), row.before,
                row.after, 100 * row.Change(), row.p, std::string(BenchVerdictName(row.verdict)).c_str());
  }
  for (const std::string& name : comparison.only_in_one) std::printf("%-56s only in one report\n", name.c_str());
}

Result<BenchComparison> ReadAndCompare(const BenchCompareArguments& arguments) {
  WINNOW_ASSIGN_OR_RETURN(const Json before, ReadReport(arguments.before));
  WINNOW_ASSIGN_OR_RETURN(const Json after, ReadReport(arguments.after));
  return CompareBenches(before, after, arguments.rules);
}

}  // namespace

int RunBenchCompareCommand(const std::vector<std::string>& words) {
  const Result<BenchCompareArguments> arguments = ParseBenchCompareArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow bench compare: %s\n\n%s", arguments.error().message().c_str(), kBenchCompareUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kBenchCompareUsage, stdout);
    return 0;
  }
  const Result<BenchComparison> comparison = ReadAndCompare(*arguments);
  if (!comparison) {
    std::fprintf(stderr, "winnow bench compare: %s\n", comparison.error().message().c_str());
    return comparison.error().code() == StatusCode::kNotFound ? 3 : 1;
  }
  if (arguments->json) {
    std::printf("%s\n", DumpJson(ToJson(*comparison)).c_str());
  } else {
    PrintTable(*comparison);
  }
  return comparison->Regressed() ? kExitRegression : 0;
}

}  // namespace winnow::worker
