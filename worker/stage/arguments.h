// The command line of winnow-stage.
#ifndef WORKER_STAGE_ARGUMENTS_H_
#define WORKER_STAGE_ARGUMENTS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

enum class StageAction { kRun, kDescribe, kHelp };

struct StageArguments {
  StageAction action = StageAction::kRun;
  std::filesystem::path request;
  int lifeline = -1;  // a descriptor, or -1 for none: by hand
};

extern const char kStageUsage[];

// kInvalidArgument for an option that is unknown, twice, or lacks its value, and when there is nothing to do.
Result<StageArguments> ParseStageArguments(const std::vector<std::string>& words);

// Takes "--name value" and "--name=value" apart; every option of winnow-stage has a value, but for --help,
// --describe and --autotune.
struct Option {
  std::string name;  // with its dashes
  std::string value;
};
Result<std::vector<Option>> SplitOptions(const std::vector<std::string>& words);

// A whole number in [low, high]; kInvalidArgument names the option.
Result<int> IntegerOption(const Option& option, int low, int high);

// What stands between the commas, and that as whole numbers.
std::vector<std::string> SplitList(const std::string& text);
Result<std::vector<int>> IntegerListOption(const Option& option, int low, int high);

// --format table|json: whether it is json.
Result<bool> JsonFormatOption(const Option& option);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_ARGUMENTS_H_
