// Scripts by which shells complete winnow's commands and options. Made from the command line itself, so that they never
// lag behind.
#ifndef CLIENT_CLI_COMPLETION_SCRIPT_H_
#define CLIENT_CLI_COMPLETION_SCRIPT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace winnow::cli {

struct OptionDescription {
  std::vector<std::string> names;  // "--output", "-o"
  std::string description;
  bool takes_value = false;
  bool takes_path = false;
  std::vector<std::string> values;  // where only these are taken
};

struct CommandDescription {
  std::vector<std::string> words;  // {"spec", "check"}; {} for winnow itself
  std::string description;
  std::vector<OptionDescription> options;
  std::vector<std::string> subcommands;
  std::vector<std::string> values;  // of its first positional word, where only these are taken
  bool takes_path = false;          // a word of it may be a file or folder
};

// Commands before their subcommands.
std::vector<CommandDescription> DescribeCommands(const CLI::App& app);

// `shell` is bash, zsh or fish.
std::string CompletionScript(const std::vector<CommandDescription>& commands, const std::string& shell);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_COMPLETION_SCRIPT_H_
