#include "client/cli/command_line.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "client/cli/commands/commands.h"
#include "client/cli/version.h"
#include "spec/nearest_name.h"

namespace winnow::cli {
namespace {

// The command that the words before the fault lead to.
const CLI::App& Innermost(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> CommandNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands(nullptr)) names.push_back(sub->get_name());
  return names;
}

// Its name for messages, which begin with "winnow: " anyway.
std::string ShortName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr || parent->get_parent() == nullptr ? command.get_name()
                                                              : ShortName(*parent) + " " + command.get_name();
}

std::string FullName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : FullName(*parent) + " " + command.get_name();
}

// What CLI11 says, made a sentence with a remedy.
std::string UsageMessage(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = Innermost(app);
  const std::string help = "`" + FullName(command) + " --help` shows the usage";
  std::vector<std::string> words = app.remaining(/*recurse=*/true);
  std::erase(words, "--");
  const std::vector<std::string> commands = CommandNames(command);
  if (!words.empty()) {
    const std::string& word = words.front();
    if (word.starts_with("-")) {
      const std::string name = word.substr(0, word.find('='));
      return "unknown option " + name + " of " + ShortName(command) + "; " +
             spec::SuggestNames(name, OptionNames(command)) + "; " + help;
    }
    if (!commands.empty())
      return "unknown command \"" + word + "\"; " + spec::SuggestNames(word, commands) + "; " + help;
    return ShortName(command) + " takes no further word, found \"" + word + "\"; " + help;
  }
  if (!commands.empty()) {
    std::string all;
    for (const std::string& name : commands) all += (all.empty() ? "" : ", ") + name;
    return (command.get_parent() == nullptr ? "" : ShortName(command) + " ") + "needs a command: " + all + "; " + help;
  }
  std::string what = error.what();
  // The library ends some messages with a line end.
  what.erase(what.find_last_not_of("\n .") + 1);
  return ShortName(command) + ": " + what + "; " + help;
}

int Finish(const Result<ExitCode>& result, const CommandContext& context) {
  context.out->flush();
  if (!result) {
    *context.err << "winnow: " << result.error().message() << "\n" << std::flush;
    return ExitCodeOf(result.error().code());
  }
  if (!context.out->good()) {
    *context.err << "winnow: cannot write the output: the disk is full, or the reader has gone\n" << std::flush;
    return kExitUnavailable;
  }
  return *result;
}

// The library keeps the options that one excludes ordered by address, which differs from run to run.
class OrderedFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const std::size_t at = text.find("Excludes:");
    if (at == std::string::npos) return text;
    std::set<std::string> names;
    for (const CLI::Option* excluded : option->get_excludes()) names.insert(excluded->get_name());
    text.resize(at);
    text += "Excludes:";
    for (const std::string& name : names) text += " " + name;
    return text;
  }
};

}  // namespace

std::unique_ptr<CLI::App> MakeCommandLine(CommandContext& context) {
  auto app = std::make_unique<CLI::App>(
      "Finds how far a convolutional network can be pruned in the Winograd domain, and how much faster it then runs.",
      "winnow");
  app->require_subcommand(1);
  app->set_version_flag("--version", std::string("winnow ") + kVersion, "Print the version");
  // Before the commands are added: each inherits it.
  app->formatter(std::make_shared<OrderedFormatter>());
  app->get_formatter()->column_width(32);
  app->footer(std::string("Example:\n  winnow run deploy/sweeps/fashion-mnist.json\n\n") + ExitCodeHelp() +
              "\n`winnow COMMAND --help` tells more about a command.\n");
  for (const auto add : {AddRun,    AddSubmit,   AddList,  AddStatus, AddWatch, AddLogs,       AddResults, AddPareto,
                         AddExport, AddArtifact, AddPause, AddResume, AddStop,  AddCancel,     AddRetry,   AddWorkers,
                         AddDrain,  AddBench,    AddInfer, AddData,   AddSpec,  AddCompletion, AddVersion}) {
    add(*app, context);
  }
  return app;
}

int RunCommandLine(const std::vector<std::string>& arguments, CommandContext& context) {
  const std::unique_ptr<CLI::App> app = MakeCommandLine(context);
  try {
    // The library takes them from the back.
    app->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    const CLI::App& command = Innermost(*app);
    *context.out << command.help(command.get_parent() == nullptr ? "" : FullName(*command.get_parent()));
    return Finish(kExitOk, context);
  } catch (const CLI::CallForVersion& version) {
    *context.out << version.what() << "\n";
    return Finish(kExitOk, context);
  } catch (const CLI::ParseError& error) {
    *context.err << "winnow: " << UsageMessage(*app, error) << "\n" << std::flush;
    return kExitUsage;
  }
  return Finish(context.chosen(), context);
}

}  // namespace winnow::cli
