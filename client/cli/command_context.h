// What a command gets from the program round it, so that tests can run commands in their own process.
#ifndef CLIENT_CLI_COMMAND_CONTEXT_H_
#define CLIENT_CLI_COMMAND_CONTEXT_H_

#include <functional>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/cli/connection.h"
#include "client/cli/exit_code.h"
#include "client/cli/interrupts.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

// Ownership  borrows everything for the length of the command.
struct CommandContext {
  std::ostream* out = nullptr;  // results
  std::ostream* err = nullptr;  // progress, notes, errors
  std::function<Terminal()> out_terminal, err_terminal;
  Clock* clock = nullptr;
  Interrupts* interrupts = nullptr;
  Connect connect;
  // Whether signals are to be caught where a command waits; tests raise interrupts themselves.
  bool catch_signals = false;

  // Set by the parser: the command that the command line asks for. Its error becomes one line and an exit code.
  std::function<Result<ExitCode>()> chosen;

  // A line on err, told apart from results by the program's name.
  void Note(const std::string& message) const { *err << "winnow: " << message << "\n" << std::flush; }
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_COMMAND_CONTEXT_H_
