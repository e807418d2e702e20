#include "client/cli/session.h"

#include <utility>

#include "client/cli/data_folder.h"

namespace winnow::cli {

void AddConnectionOptions(CLI::App& command, ConnectionOptions& options) {
  const auto add = [&command](const char* name, std::string& value, const char* type, const char* description) {
    // The text keeps the library from listing what an option excludes and needs; the refusal tells that.
    return command.add_option(name, value, description)->type_name(type)->option_text(type)->group("Connection");
  };
  CLI::Option* server = add("--server", options.server, "ADDRESS", "Coordinator to talk to: HOST:PORT or unix:PATH");
  add("--data", options.data, "DIR",
      "Without --server: local data folder (default: $WINNOW_DATA, ~/.local/share/winnow)")
      ->excludes(server);
  CLI::Option* tls = command.add_flag("--tls", options.tls.enabled, "Talk to --server over TLS");
  tls->needs(server)->option_text(" ")->group("Connection");
  add("--tls-ca", options.tls.ca, "FILE", "Trust this authority (PEM) instead of the system's")->needs(tls);
  CLI::Option* certificate = add("--tls-cert", options.tls.certificate, "FILE", "Client certificate (PEM)");
  CLI::Option* key = add("--tls-key", options.tls.key, "FILE", "Key of --tls-cert (PEM)");
  certificate->needs(tls)->needs(key);
  key->needs(tls)->needs(certificate);
}

Session::~Session() {
  // What was started is stopped first: until then a second Ctrl-C is to kill it.
  End();
  interrupts_->SetHandler(nullptr);
}

void Session::End() {
  {
    // A connection that nobody reads from any more would keep a coordinator that stops waiting for its whole grace.
    std::lock_guard lock(mutex_);
    coordinator_.reset();
  }
  if (local_ != nullptr) local_->Stop();
}

Result<std::unique_ptr<Session>> Session::Open(const ConnectionOptions& options, const CommandContext& context) {
  std::unique_ptr<Session> session(new Session(context.interrupts));
  if (!options.server.empty()) {
    session->place_ = options.server;
    ConnectRequest request;
    WINNOW_ASSIGN_OR_RETURN(request.address, client::ParseAddress(options.server));
    request.address.tls = options.tls;
    WINNOW_ASSIGN_OR_RETURN(session->coordinator_, context.connect(request));
    return session;
  }
  WINNOW_ASSIGN_OR_RETURN(std::filesystem::path folder,
                          ResolveDataFolder(options.data, DataFolderEnvironment::FromProcess()));
  session->place_ = folder.string();
  session->local_ = std::make_unique<LocalCluster>(std::move(folder), context.connect);
  WINNOW_ASSIGN_OR_RETURN(session->coordinator_, session->local_->Join());
  return session;
}

Status Session::Restore(const Status& error) {
  if (error.code() != StatusCode::kUnavailable) return error;
  if (local_ == nullptr) return StatusOf(coordinator_->ListWorkers());
  auto joined = local_->Join();
  if (!joined) return joined.error();
  std::lock_guard lock(mutex_);
  coordinator_ = std::move(*joined);
  if (interrupted_) coordinator_->Interrupt();
  return OkStatus();
}

void Session::Interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (coordinator_ != nullptr) coordinator_->Interrupt();
}

void Session::Kill() {
  if (local_ != nullptr) local_->Kill();
}

Status Session::CheckSomebodyWorks() const {
  if (local_ == nullptr || !local_->owns_coordinator() || local_->owns_worker()) return OkStatus();
  return Unavailable("nobody works on " + place_ +
                     ": no coordinator with workers is running there; `winnow run SPEC` starts both and goes on with "
                     "what has been submitted");
}

}  // namespace winnow::cli
