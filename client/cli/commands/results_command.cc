#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"
#include "client/cli/session.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

struct ResultsOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  std::string sweep;
  bool wide = false;
};

Result<ExitCode> RunResults(const ResultsOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.sweep));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const SweepResults results, session->coordinator().ListResults(name));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, session->coordinator().GetSweep(name));
  const auto spec = spec::ParseSweepSpec(sweep.spec_json());
  *context.out << ResultsText(results, options.format, options.wide, context.out_terminal(),
                              spec ? spec->objective : std::nullopt);
  return kExitOk;
}

}  // namespace

void AddResults(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("results", "Print the numbers of a sweep's trials");
  const auto options = std::make_shared<ResultsOptions>();
  command->add_option("SWEEP", options->sweep, "Name of the sweep")->type_name("")->required();
  command->add_flag("--wide", options->wide, "In the table, all batch sizes, thread counts and peer times");
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow results fashion-mnist\n  winnow results fashion-mnist --format csv > results.csv\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunResults(*options, context); }; });
}

}  // namespace winnow::cli
