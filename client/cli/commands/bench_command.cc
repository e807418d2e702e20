#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "client/cli/child_program.h"
#include "client/cli/commands/commands.h"

namespace winnow::cli {
namespace {

// Becomes winnow-stage: its output, exit code and Ctrl-C are then this command's own.
Result<ExitCode> RunBench(std::vector<std::string> arguments, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(std::string program, FindProgram("winnow-stage"));
  arguments.insert(arguments.begin(), {program, "bench"});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  context.out->flush();
  context.err->flush();
  ::execv(program.c_str(), pointers.data());
  return Err(ErrnoStatus(errno, "cannot start " + program));
}

}  // namespace

void AddBench(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("bench", "Time the sparse Winograd kernels against other implementations");
  // Also --help: winnow-stage knows its options best.
  command->set_help_flag();
  command->prefix_command();
  SetExample(*command, "  winnow bench --layers kernels14 --sparsity 0,0.63,0.9 --threads 1\n");
  command->callback([command, &context] {
    context.chosen = [arguments = command->remaining(), &context] { return RunBench(arguments, context); };
  });
}

}  // namespace winnow::cli
