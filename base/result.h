// Result<T>: a value or the Status that says why there is none.
//
//   Result<Lease> lease = table.Grant(...);
//   if (!lease) return lease.error();
//   Use(lease->token);
//
// Returning a Status where a Result is due needs Err(): return Err(NotFound("...")).
#ifndef BASE_RESULT_H_
#define BASE_RESULT_H_

#include <tl/expected.hpp>
#include <utility>

#include "base/status.h"

namespace winnow {

template <typename T>
using Result = tl::expected<T, Status>;

inline tl::unexpected<Status> Err(Status status) { return tl::unexpected<Status>(std::move(status)); }

// OK, or the error: for callers that need only the outcome.
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result ? OkStatus() : result.error();
}

}  // namespace winnow

#define WINNOW_CONCAT_INNER_(a, b) a##b
#define WINNOW_CONCAT_(a, b) WINNOW_CONCAT_INNER_(a, b)

// In a function that returns Status.
#define WINNOW_RETURN_IF_ERROR(expr)                                                           \
  do {                                                                                         \
    if (::winnow::Status winnow_status_ = (expr); !winnow_status_.ok()) return winnow_status_; \
  } while (false)

// In a function that returns Result<U>.
#define WINNOW_RETURN_ERR_IF_ERROR(expr)                                \
  do {                                                                  \
    if (::winnow::Status winnow_status_ = (expr); !winnow_status_.ok()) \
      return ::winnow::Err(std::move(winnow_status_));                  \
  } while (false)

// WINNOW_ASSIGN_OR_RETURN(auto x, MakeX());  in a function that returns Result<U>.
#define WINNOW_ASSIGN_OR_RETURN(lhs, expr) \
  WINNOW_ASSIGN_OR_RETURN_INNER_(WINNOW_CONCAT_(winnow_result_, __LINE__), lhs, expr, ::winnow::Err)
// The same in a function that returns Status.
#define WINNOW_ASSIGN_OR_RETURN_STATUS(lhs, expr) \
  WINNOW_ASSIGN_OR_RETURN_INNER_(WINNOW_CONCAT_(winnow_result_, __LINE__), lhs, expr, )
#define WINNOW_ASSIGN_OR_RETURN_INNER_(tmp, lhs, expr, wrap) \
  auto tmp = (expr);                                         \
  if (!tmp) return wrap(std::move(tmp).error());             \
  lhs = std::move(*tmp)

#endif  // BASE_RESULT_H_
