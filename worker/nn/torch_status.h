// LibTorch's exceptions, turned into a Status where they enter.
#ifndef WORKER_NN_TORCH_STATUS_H_
#define WORKER_NN_TORCH_STATUS_H_

#include <torch/torch.h>

#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "base/status_exception.h"

namespace winnow::worker {

// Runs `body`, which returns Status or Result<T>. An exception becomes kResourceExhausted where it is about memory,
// else kInternal, with `what` before its first line.
template <typename Body>
auto CatchTorch(std::string_view what, Body&& body) -> std::invoke_result_t<Body> {
  const auto fail = [&](Status status) -> std::invoke_result_t<Body> {
    if constexpr (std::is_same_v<std::invoke_result_t<Body>, Status>) {
      return status;
    } else {
      return Err(std::move(status));
    }
  };
  try {
    return body();
  } catch (const c10::Error& error) {
    std::string message = error.what_without_backtrace();
    message = std::string(what) + ": LibTorch: " + message.substr(0, message.find('\n'));
    // LibTorch has no exception type of its own for this on the CPU.
    const bool memory = message.find("alloc") != std::string::npos || message.find("memory") != std::string::npos;
    return fail(memory ? ResourceExhausted(std::move(message)) : Internal(std::move(message)));
  } catch (const StatusException& error) {
    return fail(error.status());
  } catch (const std::bad_alloc&) {
    return fail(ResourceExhausted(std::string(what) + ": out of memory"));
  } catch (const std::exception& error) {
    return fail(Internal(std::string(what) + ": " + error.what()));
  }
}

}  // namespace winnow::worker

#endif  // WORKER_NN_TORCH_STATUS_H_
