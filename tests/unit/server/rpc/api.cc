#include "tests/unit/server/rpc/api.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>

namespace winnow::server {
namespace {

constexpr std::chrono::seconds kLongestCall{60};
constexpr size_t kPieceBytes = size_t{200} << 10;

std::shared_ptr<grpc::Channel> Connect(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a test does not inherit another one's broken connection
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

Outcome OutcomeOf(const grpc::Status& status, const grpc::ClientContext& context) {
  Outcome outcome{status.error_code(), status.error_message(), ""};
  const auto& trailing = context.GetServerTrailingMetadata();
  if (const auto it = trailing.find("winnow-reason"); it != trailing.end()) {
    outcome.reason.assign(it->second.data(), it->second.size());
  }
  return outcome;
}

Api::Api(const std::string& target)
    : channel_(Connect(target)),
      stubs_(v1::ArtifactService::NewStub(channel_), v1::ResultsService::NewStub(channel_),
             v1::ServerService::NewStub(channel_), v1::StageService::NewStub(channel_),
             v1::SweepService::NewStub(channel_), v1::TrialService::NewStub(channel_),
             v1::WorkerService::NewStub(channel_)) {}

std::unique_ptr<grpc::ClientContext> Api::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kLongestCall);
  if (!api_version.empty()) context->AddMetadata("winnow-api", api_version);
  return context;
}

Reply<v1::WriteArtifactResponse> Api::Upload(const std::string& name, int64_t size, const std::string& content) {
  const std::unique_ptr<grpc::ClientContext> context = NewContext();
  Reply<v1::WriteArtifactResponse> reply;
  const auto writer = stub<ArtifactStub>().WriteArtifact(context.get(), &reply.response);
  v1::WriteArtifactRequest message;
  message.mutable_artifact()->set_name(name);
  message.mutable_artifact()->set_size_bytes(size);
  size_t at = 0;
  do {
    message.set_content(content.substr(at, kPieceBytes));
    at += kPieceBytes;
    if (!writer->Write(message)) break;  // the server has its answer
    message.Clear();
  } while (at < content.size());
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  static_cast<Outcome&>(reply) = OutcomeOf(status, *context);
  return reply;
}

Api::RawReply Api::CallRaw(const std::string& path, const std::string& request) {
  const std::unique_ptr<grpc::ClientContext> context = NewContext();
  grpc::CompletionQueue queue;
  const auto step = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::GenericStub stub(channel_);
  const std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call = stub.PrepareCall(context.get(), path, &queue);
  RawReply reply;
  call->StartCall(nullptr);
  if (step()) {
    call->WriteLast(ToBuffer(request), grpc::WriteOptions(), nullptr);
    (void)step();
    grpc::ByteBuffer message;
    for (call->Read(&message, nullptr); step(); call->Read(&message, nullptr)) {
      reply.messages.push_back(ToString(message));
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  (void)step();
  static_cast<Outcome&>(reply) = OutcomeOf(status, *context);
  queue.Shutdown();
  return reply;
}

}  // namespace winnow::server
