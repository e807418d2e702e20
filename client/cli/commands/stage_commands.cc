#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "client/cli/child_program.h"
#include "client/cli/commands/commands.h"

namespace winnow::cli {
namespace {

// Becomes winnow-stage: its output, exit code and Ctrl-C are then this command's own.
Result<ExitCode> BecomeStage(const std::string& command, std::vector<std::string> arguments,
                             const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(std::string program, FindProgram("winnow-stage"));
  arguments.insert(arguments.begin(), {program, command});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  context.out->flush();
  context.err->flush();
  ::execv(program.c_str(), pointers.data());
  return Err(ErrnoStatus(errno, "cannot start " + program));
}

void AddStageCommand(CLI::App& app, CommandContext& context, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App* command = app.add_subcommand(name, description);
  // Also --help: winnow-stage knows its options best.
  command->set_help_flag();
  command->prefix_command();
  SetExample(*command, example);
  command->callback([command, name, &context] {
    context.chosen = [name, arguments = command->remaining(), &context] {
      return BecomeStage(name, arguments, context);
    };
  });
}

}  // namespace

void AddBench(CLI::App& app, CommandContext& context) {
  AddStageCommand(app, context, "bench", "Time the sparse Winograd kernels against other implementations",
                  "  winnow bench --layers kernels14 --sparsity 0,0.63,0.9 --threads 1\n");
}

void AddInfer(CLI::App& app, CommandContext& context) {
  AddStageCommand(app, context, "infer", "Run a pruned network, check it, time it against the dense one",
                  "  winnow infer pruned.safetensors --data /usr/share/datasets/fashion-mnist\n");
}

}  // namespace winnow::cli
