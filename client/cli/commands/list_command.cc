#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/session.h"
#include "client/cli/sweep_view.h"

namespace winnow::cli {
namespace {

struct ListOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  size_t limit = 0;
};

Result<ExitCode> RunList(const ListOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const auto sweeps, session->coordinator().ListSweeps(options.limit));
  *context.out << SweepListText(sweeps, options.format, context.out_terminal());
  return kExitOk;
}

}  // namespace

void AddList(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("list", "List sweeps, newest first");
  const auto options = std::make_shared<ListOptions>();
  command->add_option("--limit", options->limit, "Print at most so many (default: all)")->type_name("N");
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow list\n  winnow list --format json --server lab.example:7070\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunList(*options, context); }; });
}

}  // namespace winnow::cli
