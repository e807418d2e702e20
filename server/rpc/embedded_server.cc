#include "server/rpc/embedded_server.h"

#include <utility>

#include "base/durable_file.h"
#include "server/artifacts/artifact_store.h"
#include "server/artifacts/attempt_log.h"
#include "server/coordinator/coordinator.h"
#include "server/http/http_server.h"
#include "server/rpc/grpc_server.h"
#include "server/store/sqlite_store.h"

namespace winnow::server {

// Destroyed from the bottom up, except that the store goes before what its last callbacks use (Stop).
struct EmbeddedServer::Parts {
  std::unique_ptr<ArtifactStore> artifacts;
  std::unique_ptr<AttemptLogs> logs;
  std::unique_ptr<Store> store;
  std::unique_ptr<Coordinator> coordinator;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<HttpServer> http;
  std::string http_address;
  std::string tcp_address;
  std::string unix_address;
};

Result<std::unique_ptr<EmbeddedServer>> EmbeddedServer::Start(ServerOptions options, Clock* clock) {
  if (options.listen.unix_socket.empty()) options.listen.unix_socket = options.data_folder / ServerOptions::kSocketName;
  WINNOW_RETURN_ERR_IF_ERROR(CheckListenOptions(options.listen));
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(options.data_folder));
  auto parts = std::make_unique<Parts>();
  // The store first: it holds the lock of the folder, and nothing may be touched before that.
  SqliteStoreOptions store_options;
  store_options.folder = options.data_folder;
  if (options.checkpoint_pages > 0) store_options.checkpoint_pages = options.checkpoint_pages;
  WINNOW_ASSIGN_OR_RETURN(parts->store, SqliteStore::Open(store_options, clock));
  WINNOW_ASSIGN_OR_RETURN(parts->artifacts, ArtifactStore::Open(options.data_folder, clock));
  WINNOW_ASSIGN_OR_RETURN(parts->logs, AttemptLogs::Open(options.data_folder));
  CoordinatorOptions coordinator_options;
  coordinator_options.lease_ttl = options.lease_ttl;
  coordinator_options.rules.user_quota = options.user_quota;
  parts->coordinator = std::make_unique<Coordinator>(parts->store.get(), parts->artifacts.get(), parts->logs.get(),
                                                     clock, coordinator_options);
  parts->grpc = std::make_unique<GrpcServer>(parts->coordinator.get());
  std::unique_ptr<EmbeddedServer> server(new EmbeddedServer(std::move(parts)));  // whose end is in good order
  Parts& made = *server->parts_;
  WINNOW_RETURN_ERR_IF_ERROR(made.coordinator->Start());
  WINNOW_RETURN_ERR_IF_ERROR(made.grpc->Start(options.listen));
  made.tcp_address = made.grpc->tcp_address();
  made.unix_address = made.grpc->unix_address();
  if (!options.http_address.empty()) {
    WINNOW_ASSIGN_OR_RETURN(made.http, HttpServer::Start(options.http_address, made.coordinator.get()));
    made.http_address = made.http->address();
  }
  return server;
}

EmbeddedServer::EmbeddedServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

EmbeddedServer::~EmbeddedServer() { Stop(Duration::zero()); }

const std::string& EmbeddedServer::tcp_address() const { return parts_->tcp_address; }
const std::string& EmbeddedServer::unix_address() const { return parts_->unix_address; }
const std::string& EmbeddedServer::http_address() const { return parts_->http_address; }

void EmbeddedServer::Stop(Duration grace) {
  if (parts_->store == nullptr) return;
  parts_->http.reset();
  parts_->coordinator->Stop();
  parts_->grpc->Stop(grace);
  parts_->coordinator->Drain();
  parts_->store.reset();
}

}  // namespace winnow::server
