// scripted_winnow SCRIPT ARGUMENT...: `winnow ARGUMENT...` whose coordinator's answers stand in the file SCRIPT.
#include <unistd.h>

#include <iostream>

#include "base/durable_file.h"
#include "client/cli/command_line.h"
#include "tests/unit/client_cli/scripted_coordinator.h"

int main(int argc, char** argv) {
  using namespace winnow;
  if (argc < 2) {
    std::cerr << "usage: scripted_winnow SCRIPT ARGUMENT...\n";
    return 2;
  }
  const auto text = ReadFile(argv[1]);
  const auto script = text ? testing::CoordinatorScript::Parse(*text)
                           : Result<std::unique_ptr<testing::CoordinatorScript>>(Err(text.error()));
  if (!script) {
    std::cerr << argv[1] << ": " << script.error().message() << "\n";
    return 2;
  }
  cli::Interrupts interrupts;
  cli::CommandContext context;
  context.out = &std::cout;
  context.err = &std::cerr;
  context.out_terminal = [] { return cli::DetectTerminal(STDOUT_FILENO); };
  context.err_terminal = [] { return cli::DetectTerminal(STDERR_FILENO); };
  context.clock = SystemClock();
  context.interrupts = &interrupts;
  context.connect = testing::ConnectTo(script->get());
  return cli::RunCommandLine({argv + 2, argv + argc}, context);
}
