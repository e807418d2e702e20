#include "kernels/c/last_error.h"

#include <cstdio>

namespace winnow::kernels {
namespace {

thread_local char last_error[1024] = "";

}  // namespace

winnow_status Leave(StatusCode code, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return static_cast<winnow_status>(code);
}

}  // namespace winnow::kernels

const char* winnow_last_error(void) { return winnow::kernels::last_error; }
