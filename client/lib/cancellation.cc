#include "client/lib/cancellation.h"

namespace winnow::client {

void Cancellation::Cancel() {
  pause_.Stop();
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  for (grpc::ClientContext* context : running_) context->TryCancel();
}

void Cancellation::CancelRunning() {
  pause_.Wake();
  std::lock_guard lock(mutex_);
  cancel_next_ = running_.empty();
  for (grpc::ClientContext* context : running_) context->TryCancel();
}

bool Cancellation::cancelled() const {
  std::lock_guard lock(mutex_);
  return cancelled_;
}

Cancellation::Scope::Scope(Cancellation* cancellation, grpc::ClientContext* context)
    : cancellation_(cancellation), context_(context) {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->running_.insert(context_);
  // Before the call has begun this is remembered by the context: the call then ends at once.
  if (cancellation_->cancelled_ || cancellation_->cancel_next_) context_->TryCancel();
  cancellation_->cancel_next_ = false;
}

Cancellation::Scope::~Scope() {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->running_.erase(context_);
}

}  // namespace winnow::client
