#include "server/rpc/artifact_streams.h"

#include <memory>
#include <mutex>
#include <utility>

#include "server/rpc/api_version.h"
#include "server/rpc/from_proto.h"
#include "server/rpc/to_proto.h"
#include "server/rpc/write_stream.h"

namespace winnow::server {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

class Download final : public WriteStream<v1::ReadArtifactResponse> {
 public:
  Download(grpc::CallbackServerContext* context, ArtifactDesk* artifacts)
      : WriteStream(context), artifacts_(artifacts) {}

  void Start(std::string digest) {
    artifacts_->OpenRead(std::move(digest), [self = Self()](Result<std::shared_ptr<ArtifactReader>> reader) {
      if (!reader) return self->End(reader.error());
      self->reader_ = *std::move(reader);
      self->OnSent();
    });
  }

 private:
  std::shared_ptr<Download> Self() { return std::static_pointer_cast<Download>(shared_from_this()); }

  void OnSent() override {
    artifacts_->Next(reader_, kPieceBytes, [self = Self()](Result<std::string> bytes) {
      if (!bytes) return self->End(bytes.error());
      if (bytes->empty()) return self->End(OkStatus());
      v1::ReadArtifactResponse message;
      message.set_content(*std::move(bytes));
      self->Send(std::move(message));
    });
  }
  void OnGone() override {}

  ArtifactDesk* const artifacts_;
  std::shared_ptr<ArtifactReader> reader_;
};

// Reads the next message only once the one before is on disk.
class Upload final : public grpc::ServerReadReactor<v1::WriteArtifactRequest>,
                     public std::enable_shared_from_this<Upload> {
 public:
  Upload(grpc::CallbackServerContext* context, ArtifactDesk* artifacts, v1::WriteArtifactResponse* response)
      : context_(context), artifacts_(artifacts), response_(response) {}

  void Start() {
    self_ = shared_from_this();
    if (Status status = CheckApiVersion(*context_); !status.ok()) return End(status);
    ReadOn();
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      if (writer_ == nullptr) {
        return End(InvalidArgument("the upload has no message; the first one names the artifact and its size"));
      }
      return Store();
    }
    if (writer_ != nullptr) return Append();
    Result<Artifact> artifact = FromProto(message_.artifact());
    if (!artifact) return End(artifact.error());
    artifact_ = *std::move(artifact);
    artifacts_->StartWrite(artifact_.digest, artifact_.size_bytes,
                           [self = shared_from_this()](Result<std::shared_ptr<ArtifactWriter>> writer) {
                             if (!writer) return self->End(writer.error());
                             self->writer_ = *std::move(writer);
                             if (self->writer_->already_there()) return self->Store();
                             self->Append();
                           });
  }

  void Append() {
    artifacts_->Append(writer_, std::move(*message_.mutable_content()), [self = shared_from_this()](Result<bool> done) {
      if (!done) return self->End(done.error());
      self->ReadOn();
    });
  }

  void ReadOn() {
    std::lock_guard lock(mutex_);  // held over it, so that none starts after the end
    if (ended_) return;
    message_.Clear();
    StartRead(&message_);
  }

  void Store() {
    {
      std::lock_guard lock(mutex_);
      if (ended_) return;  // the client went in mid-upload: its end of stream is no end of the bytes
    }
    artifacts_->Finish(std::move(writer_), artifact_.digest, artifact_.size_bytes,
                       [self = shared_from_this()](Result<Artifact> stored) {
                         if (!stored) return self->End(stored.error());
                         self->stored_ = *std::move(stored);
                         self->End(OkStatus());
                       });
  }

  // The first time counts.
  void End(const Status& status) {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(ended_, true)) return;
    }
    if (status.ok()) {
      *response_->mutable_artifact() = ToProto(stored_);
    } else {
      LogFailedCall(*context_, status);
    }
    Finish(ToGrpcStatus(status, context_));
  }

  void OnCancel() override { End(Cancelled("the client has gone")); }
  void OnDone() override {
    const auto self = std::move(self_);  // may be the last to hold this
  }

  grpc::CallbackServerContext* const context_;
  ArtifactDesk* const artifacts_;
  v1::WriteArtifactResponse* const response_;
  v1::WriteArtifactRequest message_;
  Artifact artifact_;
  Artifact stored_;
  std::shared_ptr<ArtifactWriter> writer_;
  std::mutex mutex_;
  bool ended_ = false;
  std::shared_ptr<Upload> self_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ReadArtifactResponse>* StartDownload(grpc::CallbackServerContext* context,
                                                                  ArtifactDesk* artifacts, Result<std::string> digest) {
  const auto stream = std::make_shared<Download>(context, artifacts);
  stream->Hold();
  const Status version = CheckApiVersion(*context);
  if (!version.ok() || !digest) {
    stream->End(version.ok() ? digest.error() : version);
  } else {
    stream->Start(*std::move(digest));
  }
  return stream.get();
}

grpc::ServerReadReactor<v1::WriteArtifactRequest>* StartUpload(grpc::CallbackServerContext* context,
                                                               ArtifactDesk* artifacts,
                                                               v1::WriteArtifactResponse* response) {
  const auto upload = std::make_shared<Upload>(context, artifacts, response);
  upload->Start();
  return upload.get();
}

}  // namespace winnow::server
