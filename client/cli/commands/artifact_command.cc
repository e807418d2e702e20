#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"

namespace winnow::cli {
namespace {

struct ArtifactGetOptions {
  ConnectionOptions connection;
  std::string artifact, output;
};

Result<ExitCode> RunArtifactGet(const ArtifactGetOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, ArtifactName(options.artifact));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Artifact artifact, session->coordinator().GetArtifact(name));
  const std::string output = options.output.empty() ? ShownName(name) : options.output;
  WINNOW_RETURN_ERR_IF_ERROR(session->coordinator().DownloadArtifact(name, output));
  *context.out << output << "  " << BytesText(static_cast<uint64_t>(artifact.size_bytes())) << "\n";
  return kExitOk;
}

}  // namespace

void AddArtifact(CLI::App& app, CommandContext& context) {
  CLI::App* group = app.add_subcommand("artifact", "Fetch stored files");
  group->require_subcommand(1);
  SetExample(*group, "  winnow artifact get 3fdb...9a -o file.safetensors\n");
  CLI::App* command = group->add_subcommand("get", "Write an artifact to a file, checked by its digest");
  const auto options = std::make_shared<ArtifactGetOptions>();
  command->add_option("DIGEST", options->artifact, "Its SHA-256, 64 hexadecimal digits")->type_name("")->required();
  command->add_option("--output,-o", options->output, "Where to (default: a file named by the digest)")
      ->type_name("FILE");
  AddConnectionOptions(*command, options->connection);
  SetExample(
      *command,
      "  winnow artifact get 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 -o net.safetensors\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunArtifactGet(*options, context); }; });
}

}  // namespace winnow::cli
