#include "server/rpc/log_stream.h"

#include <memory>
#include <mutex>
#include <utility>

#include "server/rpc/api_version.h"
#include "server/rpc/write_stream.h"

namespace winnow::server {
namespace {

constexpr size_t kLogPieceBytes = size_t{64} << 10;

// One read or send at a time; a poke while one is under way is remembered.
class LogStream final : public WriteStream<v1::ReadStageLogResponse> {
 public:
  LogStream(grpc::CallbackServerContext* context, Coordinator* coordinator)
      : WriteStream(context), coordinator_(coordinator) {}

  void Start(LogRequest request) {
    request_ = std::move(request);
    if (request_.follow) {
      follower_ = coordinator_->log_followers().Follow(request_.stage, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) static_cast<LogStream&>(*self).OnPoke();
      });
    }
    Read();
  }

 private:
  void Read() {
    coordinator_->artifacts().ReadLog(request_.stage, request_.attempt, request_.offset, kLogPieceBytes,
                                      [self = std::static_pointer_cast<LogStream>(shared_from_this())](
                                          Result<ArtifactDesk::LogRead> read) { self->Take(std::move(read)); });
  }

  void Take(Result<ArtifactDesk::LogRead> read) {
    if (!read) return End(read.error());
    request_.attempt = read->attempt;  // the latest stays the one it was
    const LogPiece& piece = read->piece;
    if (!piece.content.empty()) {
      request_.offset = piece.offset + static_cast<int64_t>(piece.content.size());
      v1::ReadStageLogResponse message;
      message.set_attempt(read->attempt);
      message.set_offset(piece.offset);
      message.set_content(piece.content);
      return Send(std::move(message));
    }
    if (request_.offset < 0) request_.offset = piece.size;  // it has been counted from the end
    if (read->has_ended || !request_.follow) return End(OkStatus());
    if (coordinator_->is_stopping())
      return End(Unavailable("the coordinator is stopping; read on from the last offset"));
    {
      std::lock_guard lock(mutex_);
      is_idle_ = !std::exchange(was_poked_, false);
      if (is_idle_) return;
    }
    Read();
  }

  void OnPoke() {
    {
      std::lock_guard lock(mutex_);
      was_poked_ = !is_idle_;
      if (!std::exchange(is_idle_, false)) return;
    }
    Read();
  }

  void OnSent() override { Read(); }
  void OnGone() override {
    if (follower_ != 0) coordinator_->log_followers().Stop(follower_);
  }

  Coordinator* const coordinator_;
  LogRequest request_;  // attempt and offset move on; touched by one read or send after the other
  LogFollowers::FollowerId follower_ = 0;
  std::mutex mutex_;
  bool is_idle_ = false;  // at the end of the log, nothing under way
  bool was_poked_ = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::ReadStageLogResponse>* StartLog(grpc::CallbackServerContext* context,
                                                             Coordinator* coordinator, Result<LogRequest> request) {
  const auto stream = std::make_shared<LogStream>(context, coordinator);
  stream->Hold();
  const Status version = CheckApiVersion(*context);
  if (!version.ok() || !request) {
    stream->End(version.ok() ? request.error() : version);
  } else {
    stream->Start(*std::move(request));
  }
  return stream.get();
}

}  // namespace winnow::server
