// The API over a real socket, as tests call it: typed stubs, requests as text, every outcome with its reason.
//
//   api.Call(&SweepStub::GetSweep, "name: 'sweeps/a'")
#ifndef TESTS_UNIT_SERVER_RPC_API_H_
#define TESTS_UNIT_SERVER_RPC_API_H_

#include <google/protobuf/text_format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "winnow/v1/artifact.grpc.pb.h"
#include "winnow/v1/results.grpc.pb.h"
#include "winnow/v1/server.grpc.pb.h"
#include "winnow/v1/stage.grpc.pb.h"
#include "winnow/v1/sweep.grpc.pb.h"
#include "winnow/v1/trial.grpc.pb.h"
#include "winnow/v1/worker.grpc.pb.h"

namespace winnow::server {

using ArtifactStub = v1::ArtifactService::StubInterface;
using ResultsStub = v1::ResultsService::StubInterface;
using ServerStub = v1::ServerService::StubInterface;
using StageStub = v1::StageService::StubInterface;
using SweepStub = v1::SweepService::StubInterface;
using TrialStub = v1::TrialService::StubInterface;
using WorkerStub = v1::WorkerService::StubInterface;

// How a call ended.
struct Outcome {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  std::string reason;  // "winnow-reason" of the trailing metadata

  bool ok() const { return code == grpc::StatusCode::OK; }
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << "code " << outcome.code << " " << outcome.message << " [" << outcome.reason << "]";
  }
};

template <typename Response>
struct Reply : Outcome {
  Response response;

  const Response* operator->() const { return &response; }
};

Outcome OutcomeOf(const grpc::Status& status, const grpc::ClientContext& context);

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// A stream from the server.
template <typename Response>
class Stream {
 public:
  template <typename Open>
  Stream(std::unique_ptr<grpc::ClientContext> context, Open open)
      : context_(std::move(context)), reader_(open(context_.get())) {}

  // Waits; nullopt at the end.
  std::optional<Response> Next() {
    Response response;
    return reader_->Read(&response) ? std::optional(std::move(response)) : std::nullopt;
  }
  // What is left of it, to the end.
  std::vector<Response> All() {
    std::vector<Response> all;
    while (std::optional<Response> next = Next()) all.push_back(*std::move(next));
    return all;
  }
  Outcome Finish() {
    const grpc::Status status = reader_->Finish();
    return OutcomeOf(status, *context_);
  }
  void Cancel() { context_->TryCancel(); }

 private:
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReaderInterface<Response>> reader_;
};

// Threads    calls may run at once.
class Api {
 public:
  // "unix:/path", "127.0.0.1:7070".
  explicit Api(const std::string& target);

  // As metadata "winnow-api"; "" sends none.
  std::string api_version = "1";

  template <typename Stub, typename Request, typename Response>
  Reply<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                       const Request& request) {
    const std::unique_ptr<grpc::ClientContext> context = NewContext();
    Reply<Response> reply;
    const grpc::Status status = (stub<Stub>().*method)(context.get(), request, &reply.response);
    static_cast<Outcome&>(reply) = OutcomeOf(status, *context);
    return reply;
  }
  template <typename Stub, typename Request, typename Response>
  Reply<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                       const std::string& request) {
    return Call(method, FromText<Request>(request));
  }

  template <typename Stub, typename Request, typename Response>
  Stream<Response> Open(std::unique_ptr<grpc::ClientReaderInterface<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                                               const Request&),
                        const std::string& request) {
    return Stream<Response>(NewContext(), [&](grpc::ClientContext* context) {
      return (stub<Stub>().*method)(context, FromText<Request>(request));
    });
  }

  // Sends `content` in pieces under that name and size, both of which may be lies.
  Reply<v1::WriteArtifactResponse> Upload(const std::string& name, int64_t size, const std::string& content);

  // Any method by its path ("/winnow.v1.SweepService/GetSweep"): one message, serialized, is sent, and all that come
  // are kept.
  struct RawReply : Outcome {
    std::vector<std::string> messages;
  };
  RawReply CallRaw(const std::string& path, const std::string& request);

  // With the version and a deadline that only a failing test waits out.
  std::unique_ptr<grpc::ClientContext> NewContext() const;

  template <typename Stub>
  Stub& stub() {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::tuple<std::unique_ptr<ArtifactStub>, std::unique_ptr<ResultsStub>, std::unique_ptr<ServerStub>,
                   std::unique_ptr<StageStub>, std::unique_ptr<SweepStub>, std::unique_ptr<TrialStub>,
                   std::unique_ptr<WorkerStub>>
      stubs_;
};

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_RPC_API_H_
