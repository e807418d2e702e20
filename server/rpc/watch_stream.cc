#include "server/rpc/watch_stream.h"

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "server/rpc/api_version.h"
#include "server/rpc/to_proto.h"
#include "server/rpc/write_stream.h"

namespace winnow::server {
namespace {

constexpr size_t kMessageBytes = size_t{1} << 20;

class WatchStream final : public WriteStream<v1::WatchSweepResponse> {
 public:
  WatchStream(grpc::CallbackServerContext* context, WatchHub* hub)
      : WriteStream(context), hub_(hub), watcher_(hub->NewId()) {}

  void Start(const WatchRequest& request) {
    seen_ = request.after_revision;
    hub_->Watch(watcher_, request.sweep, request.after_revision, request.min_interval,
                [self = std::static_pointer_cast<WatchStream>(shared_from_this())](Result<SweepUpdate> update) {
                  self->Take(std::move(update));
                });
  }

 private:
  void Take(Result<SweepUpdate> update) {
    if (!update) return End(update.error());
    v1::WatchSweepResponse first;
    {
      std::lock_guard lock(mutex_);
      for (v1::WatchSweepResponse& message : ToMessages(*update, seen_)) messages_.push_back(std::move(message));
      seen_ = update->revision;
      is_last_ = update->is_last;
      first = std::move(messages_.front());
      messages_.pop_front();
    }
    Send(std::move(first));
  }

  void OnSent() override {
    std::optional<v1::WatchSweepResponse> next;
    bool ends = false;
    {
      std::lock_guard lock(mutex_);
      if (!messages_.empty()) {
        next = std::move(messages_.front());
        messages_.pop_front();
      }
      ends = is_last_;
    }
    if (next) return Send(*std::move(next));
    if (ends) return End(OkStatus());
    hub_->Taken(watcher_);
  }

  void OnGone() override { hub_->Stop(watcher_); }

  WatchHub* const hub_;
  const WatchHub::WatcherId watcher_;
  std::mutex mutex_;
  std::deque<v1::WatchSweepResponse> messages_;  // the rest of an update
  int64_t seen_ = 0;
  bool is_last_ = false;
};

}  // namespace

std::vector<v1::WatchSweepResponse> ToMessages(const SweepUpdate& update, int64_t seen) {
  std::vector<v1::WatchSweepResponse> messages(1);
  size_t bytes = 0;
  for (const StageView& view : update.stages) {
    v1::Stage stage = ToProto(view);
    bytes += stage.ByteSizeLong();
    if (bytes > kMessageBytes && messages.back().stages_size() > 0) {
      messages.emplace_back();
      bytes = stage.ByteSizeLong();
    }
    *messages.back().add_stages() = std::move(stage);
  }
  for (v1::WatchSweepResponse& message : messages) {
    message.set_revision(seen);
    *message.mutable_sweep() = ToProto(update.sweep);
  }
  messages.back().set_revision(update.revision);
  return messages;
}

grpc::ServerWriteReactor<v1::WatchSweepResponse>* StartWatch(grpc::CallbackServerContext* context, WatchHub* hub,
                                                             Result<WatchRequest> request) {
  const auto stream = std::make_shared<WatchStream>(context, hub);
  stream->Hold();
  const Status version = CheckApiVersion(*context);
  if (!version.ok() || !request) {
    stream->End(version.ok() ? request.error() : version);
  } else {
    stream->Start(*request);
  }
  return stream.get();
}

}  // namespace winnow::server
