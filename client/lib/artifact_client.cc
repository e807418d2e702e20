#include "client/lib/artifact_client.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "base/durable_file.h"
#include "base/id.h"
#include "base/sha256.h"
#include "base/unique_fd.h"

namespace winnow::client {
namespace {

constexpr std::string_view kPrefix = "artifacts/sha256-";
constexpr size_t kChunkBytes = 256 << 10;

using Artifacts = v1::ArtifactService::StubInterface;

// Reads `fd` from its beginning, chunk by chunk; `take` returns false to stop.
template <typename Take>
Status ReadChunks(int fd, const std::filesystem::path& file, Take take) {
  std::string chunk(kChunkBytes, '\0');
  off_t at = 0;
  while (true) {
    const ssize_t n = ::pread(fd, chunk.data(), kChunkBytes, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read " + file.string());
    if (n == 0) return OkStatus();
    at += n;
    if (!take(std::string_view(chunk).substr(0, static_cast<size_t>(n)))) return OkStatus();
  }
}

}  // namespace

std::string ArtifactName(std::string_view sha256) { return std::string(kPrefix) + std::string(sha256); }

Result<std::string> ArtifactDigest(std::string_view name) {
  if (name.starts_with(kPrefix) && IsSha256Hex(name.substr(kPrefix.size()))) {
    return std::string(name.substr(kPrefix.size()));
  }
  return Err(InvalidArgument("\"" + std::string(name) +
                             "\" is no artifact; names look like artifacts/sha256- and 64 hexadecimal digits"));
}

Result<v1::Artifact> ArtifactClient::Get(const std::string& name) {
  v1::GetArtifactRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(
      v1::GetArtifactResponse response,
      connection_->Call(*connection_->stubs().artifacts, &Artifacts::GetArtifact, request, policy_));
  return std::move(*response.mutable_artifact());
}

Result<v1::Artifact> ArtifactClient::Upload(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Err(ErrnoStatus(errno, "cannot open " + file.string()));
  Sha256 hash;
  int64_t size = 0;
  WINNOW_RETURN_ERR_IF_ERROR(ReadChunks(fd.get(), file, [&](std::string_view chunk) {
    hash.Update(chunk);
    size += static_cast<int64_t>(chunk.size());
    return true;
  }));
  v1::Artifact artifact;
  artifact.set_name(ArtifactName(hash.FinishHex()));
  artifact.set_size_bytes(size);
  Result<v1::Artifact> there = Get(artifact.name());
  if (there || there.error().code() != StatusCode::kNotFound) return there;

  Connection::Repeats repeats(connection_, policy_);
  while (true) {
    Result<v1::Artifact> sent = Send(fd.get(), artifact, file);
    if (sent || !repeats.PauseAfter(sent.error())) return sent;
  }
}

Result<v1::Artifact> ArtifactClient::Send(int fd, const v1::Artifact& artifact, const std::filesystem::path& file) {
  grpc::ClientContext context;
  connection_->PrepareContext(context, Duration::max());  // as long as it takes; keepalive finds a dead peer
  Cancellation::Scope scope(policy_.cancellation, &context);
  v1::WriteArtifactResponse response;
  const std::unique_ptr<grpc::ClientWriterInterface<v1::WriteArtifactRequest>> writer =
      connection_->stubs().artifacts->WriteArtifact(&context, &response);
  v1::WriteArtifactRequest message;
  *message.mutable_artifact() = artifact;
  WINNOW_RECORD_CALL(record, message);
  bool taken = true;
  const Status read = ReadChunks(fd, file, [&](std::string_view chunk) {
    message.set_content(chunk.data(), chunk.size());
    taken = writer->Write(message);  // false: the server has answered already
    message.Clear();
    return taken;
  });
  if (read.ok() && taken && artifact.size_bytes() == 0) writer->Write(message);
  if (!read.ok()) {
    context.TryCancel();
  } else if (taken) {
    writer->WritesDone();
  }
  const Status status = Connection::EndOf(writer->Finish(), context, scope);
  WINNOW_RECORD_REPLY(record, status, response);
  if (!read.ok()) return Err(read);
  if (!status.ok()) return Err(connection_->Explain(status, policy_));
  return std::move(*response.mutable_artifact());
}

Status ArtifactClient::Download(const std::string& name, const std::filesystem::path& to) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string digest, ArtifactDigest(name));
  Connection::Repeats repeats(connection_, policy_);
  while (true) {
    Status received = Receive(name, digest, to);
    if (received.ok() || !repeats.PauseAfter(received)) return received;
  }
}

Status ArtifactClient::Receive(const std::string& name, const std::string& digest, const std::filesystem::path& to) {
  const std::filesystem::path temporary = to.string() + ".tmp-" + RandomHex(8);
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot create " + temporary.string());

  grpc::ClientContext context;
  connection_->PrepareContext(context, Duration::max());
  Cancellation::Scope scope(policy_.cancellation, &context);
  v1::ReadArtifactRequest request;
  request.set_name(name);
  const auto reader = connection_->stubs().artifacts->ReadArtifact(&context, request);
  v1::ReadArtifactResponse message;
  Sha256 hash;
  Status written;
  while (reader->Read(&message)) {
    if (!written.ok()) continue;  // reads on to the end of what was under way
    hash.Update(message.content());
    written = WriteAll(fd.get(), message.content(), temporary.string());
    if (!written.ok()) context.TryCancel();
  }
  const Status ended = Connection::EndOf(reader->Finish(), context, scope);
  Status status = written.ok() ? connection_->Explain(ended, policy_) : written;
  if (status.ok() && hash.FinishHex() != digest) {
    status = DataLoss(name +
                      " came with other bytes than its name says; try again, and if it stays so the "
                      "coordinator's disk has lost it");
  }
  if (status.ok()) status = SyncFile(fd.get(), temporary);
  if (status.ok()) status = RenameDurably(temporary, to);
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

}  // namespace winnow::client
