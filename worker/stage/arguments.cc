#include "worker/stage/arguments.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace winnow::worker {

const char kStageUsage[] =
    R"(Usage: winnow-stage --request FILE [--lifeline FD]   run one stage; event lines go to stdout
       winnow-stage --describe                       say what this executor computes, and on what, as JSON
       winnow-stage bench --help                     time sparse Winograd kernels against other libraries
       winnow-stage infer --help                     run a pruned network and time it against dense ones
       winnow-stage bench-step --help                time steps of training against LibTorch's convolutions
       winnow-stage pack --help                      write a pruned network as one file for use

  --request FILE   stage request, JSON (docs/formats.md section 4)
  --lifeline FD    reading end of a pipe; the stage ends within 2 s of its end-of-file

Exit status: 0 done, 1 failed, 2 usage, 75 stopped by SIGTERM or SIGINT after a resume point.

Example: winnow-stage --request /tmp/request.json
)";

Result<std::vector<Option>> SplitOptions(const std::vector<std::string>& words) {
  std::vector<Option> options;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      options.push_back({"--help", ""});
    } else if (word == "--describe" || word == "--autotune") {
      options.push_back({word, ""});
    } else if (!word.starts_with("--")) {
      return Err(InvalidArgument("unexpected argument \"" + word + "\""));
    } else if (const size_t equals = word.find('='); equals != std::string::npos) {
      options.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else if (i + 1 < words.size()) {
      options.push_back({word, words[++i]});
    } else {
      return Err(InvalidArgument(word + " needs a value"));
    }
  }
  return options;
}

Result<int> IntegerOption(const Option& option, int low, int high) {
  int value = 0;
  const char* end = option.value.data() + option.value.size();
  const auto [stop, error] = std::from_chars(option.value.data(), end, value);
  if (error == std::errc() && stop == end && value >= low && value <= high) return value;
  return Err(InvalidArgument(option.name + " takes a whole number from " + std::to_string(low) + " to " +
                             std::to_string(high) + ", not \"" + option.value + "\""));
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> items;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t comma = std::min(text.find(',', at), text.size());
    items.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return items;
}

Result<std::vector<int>> IntegerListOption(const Option& option, int low, int high) {
  std::vector<int> values;
  for (const std::string& item : SplitList(option.value)) {
    WINNOW_ASSIGN_OR_RETURN(const int value, IntegerOption({option.name, item}, low, high));
    values.push_back(value);
  }
  return values;
}

Result<bool> JsonFormatOption(const Option& option) {
  if (option.value == "table") return false;
  if (option.value == "json") return true;
  return Err(InvalidArgument("--format takes table or json, not \"" + option.value + "\""));
}

Result<StageArguments> ParseStageArguments(const std::vector<std::string>& words) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Option> options, SplitOptions(words));
  StageArguments arguments;
  for (const Option& option : options) {
    if (option.name == "--help") {
      arguments.action = StageAction::kHelp;
    } else if (option.name == "--describe") {
      arguments.action = StageAction::kDescribe;
    } else if (option.name == "--request" && arguments.request.empty()) {
      arguments.request = option.value;
    } else if (option.name == "--lifeline" && arguments.lifeline < 0) {
      WINNOW_ASSIGN_OR_RETURN(arguments.lifeline, IntegerOption(option, 0, std::numeric_limits<int>::max()));
    } else if (option.name == "--request" || option.name == "--lifeline") {
      return Err(InvalidArgument(option.name + " is given twice"));
    } else {
      return Err(InvalidArgument("unknown option " + option.name));
    }
  }
  if (arguments.action == StageAction::kRun && arguments.request.empty()) {
    return Err(InvalidArgument("--request is missing"));
  }
  return arguments;
}

}  // namespace winnow::worker
