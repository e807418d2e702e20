#include "server/store/store.h"

#include <future>
#include <memory>
#include <utility>

namespace winnow::server {

Status SubmitAndWait(Store& store, Store::Transaction transaction) {
  // Shared: the waiting thread may be gone from here before set_value has returned.
  const auto outcome = std::make_shared<std::promise<Status>>();
  std::future<Status> future = outcome->get_future();
  store.Submit(std::move(transaction), [outcome](Status status) { outcome->set_value(std::move(status)); });
  return future.get();
}

}  // namespace winnow::server
