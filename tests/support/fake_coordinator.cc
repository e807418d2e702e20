#include "tests/support/fake_coordinator.h"

#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "base/sha256.h"

namespace winnow::testing {
namespace {

constexpr std::string_view kArtifactPrefix = "artifacts/sha256-";

grpc::Status Fault(grpc::ServerContext* context, grpc::StatusCode code, const std::string& message,
                   const std::string& reason = "") {
  if (!reason.empty()) context->AddTrailingMetadata("winnow-reason", reason);
  return grpc::Status(code, message);
}

std::string DigestOf(const std::string& name) { return name.substr(kArtifactPrefix.size()); }

class FakeServerService final : public v1::ServerService::Service {
 public:
  explicit FakeServerService(CoordinatorModel* model) : model_(model) {}

  grpc::Status GetServer(grpc::ServerContext*, const v1::GetServerRequest*, v1::GetServerResponse* response) override {
    std::lock_guard lock(model_->mutex);
    response->mutable_server()->set_version("9.9.9");
    response->mutable_server()->set_api_version(model_->api_version);
    return grpc::Status::OK;
  }

 private:
  CoordinatorModel* const model_;
};

class FakeArtifactService final : public v1::ArtifactService::Service {
 public:
  explicit FakeArtifactService(CoordinatorModel* model) : model_(model) {}

  grpc::Status GetArtifact(grpc::ServerContext* context, const v1::GetArtifactRequest* request,
                           v1::GetArtifactResponse* response) override {
    std::lock_guard lock(model_->mutex);
    const auto it = model_->artifacts.find(DigestOf(request->name()));
    if (it == model_->artifacts.end()) return Fault(context, grpc::StatusCode::NOT_FOUND, "no " + request->name());
    response->mutable_artifact()->set_name(request->name());
    response->mutable_artifact()->set_size_bytes(static_cast<int64_t>(it->second.size()));
    return grpc::Status::OK;
  }

  grpc::Status ReadArtifact(grpc::ServerContext* context, const v1::ReadArtifactRequest* request,
                            grpc::ServerWriter<v1::ReadArtifactResponse>* writer) override {
    std::string content;
    {
      std::lock_guard lock(model_->mutex);
      const auto it = model_->artifacts.find(DigestOf(request->name()));
      if (it == model_->artifacts.end()) return Fault(context, grpc::StatusCode::NOT_FOUND, "no " + request->name());
      content = it->second;
      ++model_->downloads;
    }
    for (size_t at = 0; at < content.size(); at += 256 << 10) {
      v1::ReadArtifactResponse message;
      message.set_content(content.substr(at, 256 << 10));
      if (!writer->Write(message)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status WriteArtifact(grpc::ServerContext* context, grpc::ServerReader<v1::WriteArtifactRequest>* reader,
                             v1::WriteArtifactResponse* response) override {
    v1::WriteArtifactRequest message;
    std::string content;
    while (reader->Read(&message)) {
      if (message.has_artifact()) *response->mutable_artifact() = message.artifact();
      content += message.content();
    }
    const std::string digest = Sha256Hex(content);
    if (response->artifact().name() != std::string(kArtifactPrefix) + digest ||
        response->artifact().size_bytes() != static_cast<int64_t>(content.size())) {
      return Fault(context, grpc::StatusCode::INVALID_ARGUMENT, "digest or size differ");
    }
    std::lock_guard lock(model_->mutex);
    model_->artifacts[digest] = std::move(content);
    ++model_->uploads;
    return grpc::Status::OK;
  }

 private:
  CoordinatorModel* const model_;
};

class FakeWorkerService final : public v1::WorkerService::Service {
 public:
  explicit FakeWorkerService(CoordinatorModel* model) : model_(model) {}

  void Close() {
    std::lock_guard lock(model_->mutex);
    closed_ = true;
    model_->changed.notify_all();
  }

  grpc::Status RegisterWorker(grpc::ServerContext* context, const v1::RegisterWorkerRequest* request,
                              v1::RegisterWorkerResponse* response) override {
    std::lock_guard lock(model_->mutex);
    if (grpc::Status down = Enter(context); !down.ok()) return down;
    if (model_->name_taken) {
      return Fault(context, grpc::StatusCode::FAILED_PRECONDITION, "another worker has the name", "NAME_TAKEN");
    }
    model_->registrations.push_back(*request);
    model_->knows_workers = true;
    *response->mutable_worker() = request->worker();
    SetDuration(response->mutable_lease_ttl(), model_->lease_ttl);
    return grpc::Status::OK;
  }

  grpc::Status AcquireLease(grpc::ServerContext* context, const v1::AcquireLeaseRequest* request,
                            v1::AcquireLeaseResponse* response) override {
    std::unique_lock lock(model_->mutex);
    if (grpc::Status down = Enter(context); !down.ok()) return down;
    if (grpc::Status unknown = Known(context); !unknown.ok()) return unknown;
    model_->acquires.push_back(*request);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(request->wait().seconds());
    while (true) {
      // Also what an earlier call with the same id has been granted, perhaps only now, and could not hear of.
      if (const auto it = model_->granted.find(request->request_id()); it != model_->granted.end()) {
        *response->mutable_lease() = it->second;
        return grpc::Status::OK;
      }
      if (TakeLease(request->free_threads(), request->free_memory_bytes(), response->mutable_lease())) break;
      if (closed_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "closed");
      if (context->IsCancelled()) return grpc::Status::CANCELLED;
      if (std::chrono::steady_clock::now() > end) {
        response->clear_lease();
        return grpc::Status::OK;
      }
      model_->changed.wait_for(lock, std::chrono::milliseconds(5));
    }
    model_->granted[request->request_id()] = response->lease();
    return grpc::Status::OK;
  }

  grpc::Status RenewLeases(grpc::ServerContext* context, const v1::RenewLeasesRequest* request,
                           v1::RenewLeasesResponse* response) override {
    std::lock_guard lock(model_->mutex);
    if (grpc::Status down = Enter(context); !down.ok()) return down;
    if (grpc::Status unknown = Known(context); !unknown.ok()) return unknown;
    model_->renewals.emplace_back(request->tokens().begin(), request->tokens().end());
    for (const std::string& token : request->tokens()) {
      if (!model_->running.contains(token)) response->add_lost_tokens(token);
      if (model_->to_cancel.contains(token)) response->add_cancelled_tokens(token);
    }
    return grpc::Status::OK;
  }

  grpc::Status AwaitCancellations(grpc::ServerContext* context, const v1::AwaitCancellationsRequest* request,
                                  v1::AwaitCancellationsResponse* response) override {
    std::unique_lock lock(model_->mutex);
    if (grpc::Status unknown = Known(context); !unknown.ok()) return unknown;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(request->wait().seconds());
    while (model_->to_cancel.empty() && !closed_ && !context->IsCancelled() && std::chrono::steady_clock::now() < end) {
      model_->changed.wait_for(lock, std::chrono::milliseconds(5));
    }
    if (closed_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "closed");
    for (const std::string& token : model_->to_cancel) response->add_cancelled_tokens(token);
    return grpc::Status::OK;
  }

  grpc::Status ReportProgress(grpc::ServerContext* context, const v1::ReportProgressRequest* request,
                              v1::ReportProgressResponse* response) override {
    std::lock_guard lock(model_->mutex);
    if (grpc::Status down = Enter(context); !down.ok()) return down;
    if (!model_->running.contains(request->token())) return LeaseLost(context);
    model_->reports.push_back(*request);
    PlaceLog(request->token(), request->log_offset(), request->log_content());
    response->set_cancel_requested(model_->to_cancel.contains(request->token()));
    return grpc::Status::OK;
  }

  grpc::Status CompleteStage(grpc::ServerContext* context, const v1::CompleteStageRequest* request,
                             v1::CompleteStageResponse* response) override {
    std::lock_guard lock(model_->mutex);
    if (grpc::Status down = Enter(context); !down.ok()) return down;
    if (const auto it = model_->answers.find(request->request_id()); it != model_->answers.end()) {
      *response = it->second;
      return grpc::Status::OK;
    }
    if (!model_->running.contains(request->token())) return LeaseLost(context);
    if (request->has_success() && !model_->refuse_completion.empty()) {
      return Fault(context, grpc::StatusCode::INVALID_ARGUMENT, model_->refuse_completion);
    }
    for (const v1::StageArtifact& artifact : request->success().artifacts()) {
      if (!model_->artifacts.contains(DigestOf(artifact.artifact()))) {
        return Fault(context, grpc::StatusCode::FAILED_PRECONDITION, "not there", "ARTIFACT_MISSING");
      }
    }
    PlaceLog(request->token(), request->log_offset(), request->log_content());
    model_->running.erase(request->token());
    model_->to_cancel.erase(request->token());
    model_->completions.push_back({*request, ""});
    if (request->acquire_next()) {
      if (!TakeLease(request->free_threads(), request->free_memory_bytes(), response->mutable_next_lease())) {
        response->clear_next_lease();
      }
    }
    model_->answers[request->request_id()] = *response;
    if (model_->failing_completions > 0) {
      --model_->failing_completions;
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the answer was lost");
    }
    return grpc::Status::OK;
  }

  grpc::Status UnregisterWorker(grpc::ServerContext*, const v1::UnregisterWorkerRequest* request,
                                v1::UnregisterWorkerResponse*) override {
    std::lock_guard lock(model_->mutex);
    model_->unregistered.push_back(request->instance());
    return grpc::Status::OK;
  }

 private:
  static void SetDuration(google::protobuf::Duration* to, Duration from) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(from).count();
    to->set_seconds(ns / 1'000'000'000);
    to->set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
  }

  static grpc::Status LeaseLost(grpc::ServerContext* context) {
    return Fault(context, grpc::StatusCode::FAILED_PRECONDITION, "the lease is lost", "LEASE_LOST");
  }

  grpc::Status Enter(grpc::ServerContext* context) {
    const auto metadata = context->client_metadata().find("winnow-api");
    if (metadata != context->client_metadata().end()) {
      model_->api_metadata.emplace_back(metadata->second.data(), metadata->second.size());
    }
    if (model_->failing_calls == 0) return grpc::Status::OK;
    --model_->failing_calls;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "busy");
  }

  grpc::Status Known(grpc::ServerContext* context) {
    if (model_->knows_workers) return grpc::Status::OK;
    return Fault(context, grpc::StatusCode::NOT_FOUND, "not registered");
  }

  bool TakeLease(int threads, int64_t memory_bytes, v1::Lease* lease) {
    for (auto it = model_->queue.begin(); it != model_->queue.end(); ++it) {
      if (it->threads() > threads || it->memory_bytes() > memory_bytes) continue;
      *lease = *it;
      model_->queue.erase(it);
      lease->set_token("token-" + std::to_string(++model_->tokens));
      SetDuration(lease->mutable_ttl(), model_->lease_ttl);
      model_->running[lease->token()] = *lease;
      return true;
    }
    return false;
  }

  void PlaceLog(const std::string& token, int64_t offset, const std::string& content) {
    std::string& log = model_->logs[token];
    if (log.size() < static_cast<size_t>(offset) + content.size()) {
      log.resize(static_cast<size_t>(offset) + content.size(), '?');
    }
    log.replace(static_cast<size_t>(offset), content.size(), content);
  }

  CoordinatorModel* const model_;
  bool closed_ = false;
};

}  // namespace

struct FakeCoordinator::Services {
  explicit Services(CoordinatorModel* model) : server(model), artifacts(model), workers(model) {}
  FakeServerService server;
  FakeArtifactService artifacts;
  FakeWorkerService workers;
};

FakeCoordinator::FakeCoordinator(CoordinatorModel* model, const std::filesystem::path& socket)
    : services_(std::make_unique<Services>(model)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket.string(), grpc::InsecureServerCredentials());
  builder.RegisterService(&services_->server);
  builder.RegisterService(&services_->artifacts);
  builder.RegisterService(&services_->workers);
  server_ = builder.BuildAndStart();
}

FakeCoordinator::~FakeCoordinator() {
  services_->workers.Close();
  server_->Shutdown(std::chrono::system_clock::now());
}

v1::Lease MakeLease(v1::StageKind kind, const std::string& key_digit) {
  std::string key;
  while (key.size() < 64) key += key_digit;
  v1::Lease lease;
  lease.mutable_stage()->set_name("stages/" + key.substr(0, 64));
  lease.mutable_stage()->set_kind(kind);
  lease.mutable_stage()->set_label("stage " + key_digit);
  lease.mutable_stage()->set_parameters_json("{}");
  lease.set_attempt(1);
  lease.set_version(1);
  lease.set_threads(1);
  lease.set_memory_bytes(int64_t{64} << 20);
  return lease;
}

}  // namespace winnow::testing
