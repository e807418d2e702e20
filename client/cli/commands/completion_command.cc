#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/completion_script.h"

namespace winnow::cli {

void AddCompletion(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("completion", "Print a script that completes winnow's commands in a shell");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
      ->type_name("")
      ->required();
  SetExample(*command,
             "  winnow completion bash > ~/.local/share/bash-completion/completions/winnow\n"
             "  winnow completion zsh > ~/.zfunc/_winnow\n"
             "  winnow completion fish > ~/.config/fish/completions/winnow.fish\n");
  command->callback([shell, &app, &context] {
    context.chosen = [shell, &app, &context]() -> Result<ExitCode> {
      *context.out << CompletionScript(DescribeCommands(app), *shell);
      return kExitOk;
    };
  });
}

}  // namespace winnow::cli
