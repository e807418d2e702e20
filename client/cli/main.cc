// winnow: the command line.
#include <unistd.h>

#include <iostream>

#include "client/cli/command_line.h"

int main(int argc, char** argv) {
  using namespace winnow::cli;
  winnow::cli::Interrupts& interrupts = *new Interrupts();  // its thread lives to the end
  CommandContext context;
  context.out = &std::cout;
  context.err = &std::cerr;
  context.out_terminal = [] { return DetectTerminal(STDOUT_FILENO); };
  context.err_terminal = [] { return DetectTerminal(STDERR_FILENO); };
  context.clock = winnow::SystemClock();
  context.interrupts = &interrupts;
  context.connect = &ConnectToCoordinator;
  context.catch_signals = true;
  return RunCommandLine({argv + 1, argv + argc}, context);
}
