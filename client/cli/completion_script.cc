#include "client/cli/completion_script.h"

#include <algorithm>

namespace winnow::cli {
namespace {

bool IsPathType(const std::string& type) { return type == "FILE" || type == "DIR" || type == "SPEC"; }

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The words of "a|b|c", the form in which our options show their choices; none for anything else.
std::vector<std::string> Choices(const CLI::Option& option) {
  const std::string shown = option.get_option_text();
  if (shown.find('|') == std::string::npos || std::any_of(shown.begin(), shown.end(), ::isupper)) return {};
  return Split(shown, '|');
}

void Describe(const CLI::App& app, std::vector<std::string> words, std::vector<CommandDescription>& commands) {
  CommandDescription command;
  command.words = words;
  command.description = app.get_description();
  // Another program knows the words of such a command; many of them are files.
  command.takes_path = app.get_prefix_command();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      command.takes_path |= IsPathType(option->get_single_name());
      if (option->get_single_name() == "SHELL") command.values = {"bash", "zsh", "fish"};
      continue;
    }
    OptionDescription described;
    for (const std::string& name : option->get_lnames()) described.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) described.names.push_back("-" + name);
    described.description = option->get_description();
    described.takes_value = option->get_items_expected_max() > 0;
    described.takes_path = IsPathType(option->get_type_name());
    described.values = Choices(*option);
    command.options.push_back(std::move(described));
  }
  const auto subcommands = app.get_subcommands(nullptr);
  for (const CLI::App* sub : subcommands) command.subcommands.push_back(sub->get_name());
  commands.push_back(std::move(command));
  for (const CLI::App* sub : subcommands) {
    words.push_back(sub->get_name());
    Describe(*sub, words, commands);
    words.pop_back();
  }
}

std::string Join(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::vector<std::string> OptionWords(const CommandDescription& command) {
  std::vector<std::string> words;
  for (const OptionDescription& option : command.options)
    words.insert(words.end(), option.names.begin(), option.names.end());
  return words;
}

// In single quotes, with those in it closed and reopened.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

// Case branches "COMMAND/--option) ..." for options that take a value, then "COMMAND) ..." for words.
std::string BashBranches(const std::vector<CommandDescription>& commands, bool values) {
  std::string text;
  for (const CommandDescription& command : commands) {
    const std::string path = Join(command.words, " ");
    if (!values) {
      std::vector<std::string> words = OptionWords(command);
      words.insert(words.end(), command.subcommands.begin(), command.subcommands.end());
      words.insert(words.end(), command.values.begin(), command.values.end());
      text += "    " + Quoted(path) + ") words=" + Quoted(Join(words, " ")) +
              "; files=" + (command.takes_path ? "yes" : "") + " ;;\n";
      continue;
    }
    for (const OptionDescription& option : command.options) {
      if (!option.takes_value) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) patterns.push_back(Quoted(path + "/" + name));
      text += "    " + Join(patterns, "|") + ") words=" + Quoted(Join(option.values, " ")) +
              "; files=" + (option.takes_path ? "yes" : "") + "; return 0 ;;\n";
    }
  }
  return text;
}

// The command's words among those typed: the longest beginning that is a command.
std::string BashCommandBranches(const std::vector<CommandDescription>& commands) {
  std::vector<std::string> paths;
  for (const CommandDescription& command : commands) {
    if (!command.words.empty()) paths.push_back(Quoted(Join(command.words, " ")));
  }
  return Join(paths, "|");
}

// What bash and zsh share: sets `words` and `files` for the word after "$@" (the words before it, without "winnow").
std::string ShellChooser(const std::vector<CommandDescription>& commands) {
  return "_winnow_choose() {\n"
         "  local command= last= word\n"
         "  for word in \"$@\"; do\n"
         "    last=$word\n"
         "    case \"${command:+$command }$word\" in\n"
         "    " +
         BashCommandBranches(commands) +
         ") command=\"${command:+$command }$word\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$command/$last\" in\n" +
         BashBranches(commands, true) +
         "  esac\n"
         "  case \"$command\" in\n" +
         BashBranches(commands, false) +
         "  esac\n"
         "}\n";
}

std::string BashScript(const std::vector<CommandDescription>& commands) {
  return "# bash completion of winnow\n" + ShellChooser(commands) +
         "_winnow() {\n"
         "  local words= files= current=${COMP_WORDS[COMP_CWORD]}\n"
         "  _winnow_choose \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  if [[ -n $files && $current != -* ]]; then\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    local IFS=$'\\n'\n"
         "    COMPREPLY+=($(compgen -f -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _winnow winnow\n";
}

std::string ZshScript(const std::vector<CommandDescription>& commands) {
  return "#compdef winnow\n# zsh completion of winnow\n" + ShellChooser(commands) +
         "_winnow() {\n"
         "  local -a typed\n"
         "  typed=(\"${(@)words[2,CURRENT-1]}\")\n"
         "  local current=${words[CURRENT]}\n"
         "  () {\n"
         "    local words= files=\n"
         "    _winnow_choose \"${typed[@]}\"\n"
         "    [[ -n $words ]] && compadd -- ${=words}\n"
         "    [[ -n $files && $current != -* ]] && _files\n"
         "    return 0\n"
         "  }\n"
         "}\n"
         "if [[ $funcstack[1] == _winnow ]]; then _winnow \"$@\"; else compdef _winnow winnow; fi\n";
}

std::string FishScript(const std::vector<CommandDescription>& commands) {
  std::string text =
      "# fish completion of winnow\n"
      "function __winnow_at\n"
      "    set -l typed (commandline -opc)[2..-1]\n"
      "    set -l command\n"
      "    for word in $typed\n"
      "        string match -q -- '-*' $word; or set -a command $word\n"
      "    end\n"
      "    set -l depth (count $argv)\n"
      "    test $depth -eq 0; and test (count $command) -eq 0; and return 0\n"
      "    test $depth -gt 0; and test \"$command[1..$depth]\" = \"$argv\"\n"
      "end\n"
      "complete -c winnow -f\n";
  for (const CommandDescription& command : commands) {
    const std::string path = Join(command.words, " ");
    const std::string at = "complete -c winnow -n " + Quoted("__winnow_at" + (path.empty() ? "" : " " + path));
    for (const std::string& name : command.subcommands) {
      const auto sub = std::find_if(commands.begin(), commands.end(), [&](const CommandDescription& other) {
        return Join(other.words, " ") == (path.empty() ? "" : path + " ") + name;
      });
      text += at + " -a " + name + " -d " + Quoted(sub->description) + "\n";
    }
    for (const std::string& value : command.values) text += at + " -a " + value + "\n";
    if (command.takes_path) text += at + " -F\n";
    for (const OptionDescription& option : command.options) {
      text += at;
      for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) text += option.takes_path ? " -r -F" : " -x";
      if (!option.values.empty()) text += " -a " + Quoted(Join(option.values, " "));
      text += " -d " + Quoted(option.description) + "\n";
    }
  }
  return text;
}

}  // namespace

std::vector<CommandDescription> DescribeCommands(const CLI::App& app) {
  std::vector<CommandDescription> commands;
  Describe(app, {}, commands);
  return commands;
}

std::string CompletionScript(const std::vector<CommandDescription>& commands, const std::string& shell) {
  if (shell == "zsh") return ZshScript(commands);
  if (shell == "fish") return FishScript(commands);
  return BashScript(commands);
}

}  // namespace winnow::cli
