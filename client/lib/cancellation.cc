#include "client/lib/cancellation.h"

namespace winnow::client {

void Cancellation::Cancel() {
  pause_.Stop();
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  for (Scope* call : running_) call->End();
}

void Cancellation::CancelRunning() {
  pause_.Wake();
  std::lock_guard lock(mutex_);
  cancel_next_ = running_.empty();
  for (Scope* call : running_) call->End();
}

bool Cancellation::cancelled() const {
  std::lock_guard lock(mutex_);
  return cancelled_;
}

Cancellation::Scope::Scope(Cancellation* cancellation, grpc::ClientContext* context)
    : cancellation_(cancellation), context_(context) {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->running_.insert(this);
  // Before the call has begun this is remembered by the context: the call then ends at once.
  if (cancellation_->cancelled_ || cancellation_->cancel_next_) End();
  cancellation_->cancel_next_ = false;
}

void Cancellation::Scope::End() {
  ended_ = true;
  context_->TryCancel();
}

bool Cancellation::Scope::ended() const {
  if (cancellation_ == nullptr) return false;
  std::lock_guard lock(cancellation_->mutex_);
  return ended_;
}

Cancellation::Scope::~Scope() {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->running_.erase(this);
}

}  // namespace winnow::client
