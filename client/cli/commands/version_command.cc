#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/session.h"
#include "client/cli/version.h"

namespace winnow::cli {
namespace {

struct VersionOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
};

Result<ExitCode> RunVersion(const VersionOptions& options, const CommandContext& context) {
  v1::Server server;
  if (!options.connection.server.empty()) {
    WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
    WINNOW_ASSIGN_OR_RETURN(server, session->coordinator().GetServer());
  }
  if (options.format == OutputFormat::kTable) {
    *context.out << "winnow " << kVersion << "\n";
    if (!server.version().empty()) {
      *context.out << "winnowd " << server.version() << " at " << options.connection.server << ", API version "
                   << server.api_version() << "\n";
    }
    return kExitOk;
  }
  if (options.format == OutputFormat::kCsv) {
    *context.out << "program,version\nwinnow," << kVersion << "\n";
    if (!server.version().empty()) *context.out << "winnowd," << server.version() << "\n";
    return kExitOk;
  }
  OutputJson json = {{"winnow", kVersion}};
  if (!server.version().empty())
    json["winnowd"] = {{"version", server.version()}, {"api_version", server.api_version()}};
  *context.out << JsonText(json);
  return kExitOk;
}

}  // namespace

void AddVersion(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version, with --server the coordinator's too");
  const auto options = std::make_shared<VersionOptions>();
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow version\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunVersion(*options, context); }; });
}

}  // namespace winnow::cli
