#include "tests/load/synthetic_worker.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/id.h"

namespace winnow::load {
namespace {

constexpr Duration kCallLimit = std::chrono::seconds(60);
constexpr std::chrono::seconds kWait{20};
constexpr int kThreads = 1024;
constexpr int64_t kMemoryBytes = int64_t{1} << 40;

// As client/lib/channel.cc has them, on a connection of its own.
std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

v1::Worker Description(const std::string& name, const std::string& data_digest) {
  v1::Worker worker;
  worker.set_name("workers/" + name);
  worker.set_instance(name);
  worker.set_host_id("host-of-" + name);
  worker.set_threads(kThreads);
  worker.set_memory_bytes(kMemoryBytes);
  worker.set_numerics_class("synthetic");
  for (int kind = v1::STAGE_KIND_TRAIN; kind <= v1::STAGE_KIND_BENCHMARK; ++kind) {
    v1::StageVersion* const version = worker.add_stage_versions();
    version->set_kind(static_cast<v1::StageKind>(kind));
    version->set_version(1);
  }
  if (!data_digest.empty()) {
    v1::WorkerDataSet* const data_set = worker.add_data_sets();
    data_set->set_name("fashion-mnist");
    data_set->set_digest(data_digest);
  }
  return worker;
}

bool MakesNet(v1::StageKind kind) {
  return kind == v1::STAGE_KIND_TRAIN || kind == v1::STAGE_KIND_SPATIAL_PRUNE || kind == v1::STAGE_KIND_WINOGRAD_PRUNE;
}

}  // namespace

void Fleet::NoteError(const std::string& text) {
  if (stopping_) return;
  ++errors_;
  std::lock_guard lock(mutex_);
  if (first_error_.empty()) first_error_ = text;
}

std::string Fleet::first_error() const {
  std::lock_guard lock(mutex_);
  return first_error_;
}

void Fleet::NoteLease(SteadyTime asked, SteadyTime came) {
  std::lock_guard lock(mutex_);
  lease_ms_.push_back(std::chrono::duration<double, std::milli>(came - asked).count());
  lease_times_.push_back(came);
}

std::vector<double> Fleet::TakeLeaseMs() {
  std::lock_guard lock(mutex_);
  return std::exchange(lease_ms_, {});
}

std::vector<SteadyTime> Fleet::TakeLeaseTimes() {
  std::lock_guard lock(mutex_);
  return std::exchange(lease_times_, {});
}

void Fleet::End() {
  std::lock_guard lock(mutex_);
  if (--open_calls_ == 0) no_calls_.notify_all();
}

void Fleet::AwaitNoCalls() {
  std::unique_lock lock(mutex_);
  no_calls_.wait(lock, [this] { return open_calls_ == 0; });
}

template <typename Request, typename Response>
struct SyntheticWorker::Call {
  grpc::ClientContext context;
  Request request;
  Response response;
};

SyntheticWorker::SyntheticWorker(Fleet* fleet, Clock* clock, const std::string& address, const std::string& name,
                                 bool can_run)
    : fleet_(fleet),
      clock_(clock),
      name_(name),
      can_run_(can_run),
      channel_(Connect(address)),
      stub_(v1::WorkerService::NewStub(channel_)) {}

// `done(status, response)` on a thread of gRPC's.
template <typename Request, typename Response, typename Method, typename Done>
void SyntheticWorker::Send(Method method, Request request, Duration limit, Done done) {
  fleet_->Begin();
  auto* const call = new Call<Request, Response>;
  call->request = std::move(request);
  call->context.AddMetadata("winnow-api", "1");
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(limit));
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(&call->context);
  }
  (stub_->async()->*method)(&call->context, &call->request, &call->response,
                            [this, call, done = std::move(done)](const grpc::Status& status) {
                              {
                                std::lock_guard lock(mutex_);
                                std::erase(waiting_, &call->context);
                              }
                              if (!status.ok() && !fleet_->stopping()) {
                                fleet_->NoteError(Request::descriptor()->name() + ": " + status.error_message());
                              }
                              done(status, call->response);
                              delete call;
                              fleet_->End();
                            });
}

void SyntheticWorker::Cancel() {
  std::lock_guard lock(mutex_);
  for (grpc::ClientContext* const context : waiting_) context->TryCancel();
}

void SyntheticWorker::Start(std::function<void()> registered) {
  v1::RegisterWorkerRequest request;
  request.set_request_id(NewUuid());
  *request.mutable_worker() = Description(name_, can_run_ ? fleet_->options().data_digest : "");
  using Async = v1::WorkerService::StubInterface::async_interface;
  Send<v1::RegisterWorkerRequest, v1::RegisterWorkerResponse>(
      static_cast<void (Async::*)(grpc::ClientContext*, const v1::RegisterWorkerRequest*, v1::RegisterWorkerResponse*,
                                  std::function<void(grpc::Status)>)>(&Async::RegisterWorker),
      std::move(request), kCallLimit,
      [this, registered = std::move(registered)](const grpc::Status& status,
                                                 const v1::RegisterWorkerResponse& response) {
        registered();
        if (!status.ok()) return;
        ttl_ = std::chrono::seconds(response.lease_ttl().seconds()) +
               std::chrono::nanoseconds(response.lease_ttl().nanos());
        if (fleet_->options().keeps_alive) {
          Await();
          fleet_->Begin();
          clock_->After(ttl_ / 3, [this] {
            Renew();
            fleet_->End();
          });
        }
        Acquire();
      });
}

void SyntheticWorker::Acquire() {
  if (fleet_->stopping()) return;
  v1::AcquireLeaseRequest request;
  request.set_request_id(NewUuid());
  request.set_worker("workers/" + name_);
  request.set_instance(name_);
  request.set_free_threads(kThreads);
  request.set_free_memory_bytes(kMemoryBytes);
  request.mutable_wait()->set_seconds(kWait.count());
  const SteadyTime asked = clock_->Now();
  using Async = v1::WorkerService::StubInterface::async_interface;
  Send<v1::AcquireLeaseRequest, v1::AcquireLeaseResponse>(
      static_cast<void (Async::*)(grpc::ClientContext*, const v1::AcquireLeaseRequest*, v1::AcquireLeaseResponse*,
                                  std::function<void(grpc::Status)>)>(&Async::AcquireLease),
      std::move(request), kCallLimit,
      [this, asked](const grpc::Status& status, const v1::AcquireLeaseResponse& response) {
        if (!status.ok()) return;
        if (response.has_lease()) {
          Run(response.lease(), asked);
        } else {
          Acquire();
        }
      });
}

void SyntheticWorker::Run(const v1::Lease& lease, SteadyTime asked) {
  fleet_->NoteLease(asked, clock_->Now());
  const bool makes_net = MakesNet(lease.stage().kind());
  {
    std::lock_guard lock(mutex_);
    token_ = lease.token();
  }
  if (fleet_->options().length == Duration::zero()) return Complete(lease.token(), makes_net);
  fleet_->Begin();
  clock_->After(fleet_->options().length, [this, token = lease.token(), makes_net] {
    Complete(token, makes_net);
    fleet_->End();
  });
}

void SyntheticWorker::Complete(std::string token, bool makes_net) {
  v1::CompleteStageRequest request;
  request.set_request_id(NewUuid());
  request.set_token(std::move(token));
  v1::StageSuccess* const success = request.mutable_success();
  success->set_result_json("{\"seconds\":0}");
  success->set_numerics_class("synthetic");
  if (makes_net) {
    v1::StageArtifact* const artifact = success->add_artifacts();
    artifact->set_role("checkpoint");
    artifact->set_artifact(fleet_->options().checkpoint);
  }
  const int count = fleet_->options().measurements;
  for (int i = 0; i < count; ++i) {
    v1::Measurement* const measurement = request.add_measurements();
    measurement->set_name("loss");
    measurement->set_step(i + 1);
    measurement->set_value(1.0 / (i + 1));
  }
  request.set_acquire_next(!fleet_->stopping());
  request.set_free_threads(kThreads);
  request.set_free_memory_bytes(kMemoryBytes);
  const SteadyTime asked = clock_->Now();
  using Async = v1::WorkerService::StubInterface::async_interface;
  Send<v1::CompleteStageRequest, v1::CompleteStageResponse>(
      static_cast<void (Async::*)(grpc::ClientContext*, const v1::CompleteStageRequest*, v1::CompleteStageResponse*,
                                  std::function<void(grpc::Status)>)>(&Async::CompleteStage),
      std::move(request), kCallLimit,
      [this, asked, count](const grpc::Status& status, const v1::CompleteStageResponse& response) {
        {
          std::lock_guard lock(mutex_);
          token_.clear();
        }
        if (!status.ok()) {
          fleet_->CountLostLease();
          return Acquire();
        }
        fleet_->CountCompletion();
        fleet_->CountMeasurements(count);
        if (response.has_next_lease()) {
          Run(response.next_lease(), asked);
        } else {
          Acquire();
        }
      });
}

void SyntheticWorker::Renew() {
  if (fleet_->stopping()) return;
  v1::RenewLeasesRequest request;
  request.set_worker("workers/" + name_);
  request.set_instance(name_);
  {
    std::lock_guard lock(mutex_);
    if (!token_.empty()) request.add_tokens(token_);
  }
  using Async = v1::WorkerService::StubInterface::async_interface;
  Send<v1::RenewLeasesRequest, v1::RenewLeasesResponse>(
      static_cast<void (Async::*)(grpc::ClientContext*, const v1::RenewLeasesRequest*, v1::RenewLeasesResponse*,
                                  std::function<void(grpc::Status)>)>(&Async::RenewLeases),
      std::move(request), ttl_ / 3, [this](const grpc::Status& status, const v1::RenewLeasesResponse& response) {
        if (!status.ok()) fleet_->CountLostRenewal();
        // A stage that ended while the call was under way has no lease any more.
        for (const std::string& token : response.lost_tokens()) {
          std::lock_guard lock(mutex_);
          if (token == token_) fleet_->CountLostLease();
        }
        fleet_->Begin();
        clock_->After(ttl_ / 3, [this] {
          Renew();
          fleet_->End();
        });
      });
}

void SyntheticWorker::Await() {
  if (fleet_->stopping()) return;
  v1::AwaitCancellationsRequest request;
  request.set_worker("workers/" + name_);
  request.set_instance(name_);
  request.mutable_wait()->set_seconds(kWait.count());
  using Async = v1::WorkerService::StubInterface::async_interface;
  Send<v1::AwaitCancellationsRequest, v1::AwaitCancellationsResponse>(
      static_cast<void (Async::*)(grpc::ClientContext*, const v1::AwaitCancellationsRequest*,
                                  v1::AwaitCancellationsResponse*, std::function<void(grpc::Status)>)>(
          &Async::AwaitCancellations),
      std::move(request), kCallLimit, [this](const grpc::Status& status, const v1::AwaitCancellationsResponse&) {
        if (status.ok()) Await();
      });
}

}  // namespace winnow::load
