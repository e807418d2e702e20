// How the C functions fail: with a code, and a message left for winnow_last_error().
#ifndef KERNELS_C_LAST_ERROR_H_
#define KERNELS_C_LAST_ERROR_H_

#include <exception>
#include <new>
#include <stdexcept>

#include "base/status.h"
#include "kernels/c/winnow_kernels.h"

namespace winnow::kernels {

// Keeps the message for this thread and returns the code. Allocates nothing: a long message is cut.
winnow_status Leave(StatusCode code, const char* message) noexcept;

// Runs the body of a C function, a callable that returns Status. No exception leaves it.
template <typename Body>
winnow_status Guarded(Body body) noexcept {
  try {
    const Status status = body();
    return Leave(status.code(), status.message().c_str());
  } catch (const std::bad_alloc&) {
    return Leave(StatusCode::kResourceExhausted, "out of memory; use a smaller batch or fewer threads");
  } catch (const std::length_error&) {
    return Leave(StatusCode::kResourceExhausted, "larger than any memory; use a smaller batch or fewer channels");
  } catch (const std::exception& e) {
    return Leave(StatusCode::kInternal, e.what());
  } catch (...) {
    return Leave(StatusCode::kInternal, "an exception that is no std::exception; does a callback throw it?");
  }
}

}  // namespace winnow::kernels

#endif  // KERNELS_C_LAST_ERROR_H_
