#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/session.h"
#include "client/cli/state_text.h"
#include "client/cli/worker_view.h"

namespace winnow::cli {
namespace {

struct WorkersOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  bool alive = false;
};

Result<ExitCode> RunWorkers(const WorkersOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(auto workers, session->coordinator().ListWorkers());
  if (options.alive) {
    std::erase_if(workers, [](const v1::Worker& worker) { return worker.state() != v1::WORKER_STATE_ALIVE; });
  }
  *context.out << WorkerListText(workers, options.format, context.out_terminal());
  return kExitOk;
}

}  // namespace

void AddWorkers(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("workers", "List the workers a coordinator knows, those alive first");
  const auto options = std::make_shared<WorkersOptions>();
  command->add_flag("--alive", options->alive, "Leave out those that are gone");
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow workers --server lab.example:7070\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunWorkers(*options, context); }; });
}

}  // namespace winnow::cli
