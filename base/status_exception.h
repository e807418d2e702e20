// A Status that has to pass code which knows nothing of one: threads that hand over exceptions, loops of libraries.
// Thrown and caught within Winnow; no interface between its parts promises one.
#ifndef BASE_STATUS_EXCEPTION_H_
#define BASE_STATUS_EXCEPTION_H_

#include <exception>
#include <utility>

#include "base/status.h"

namespace winnow {

class StatusException : public std::exception {
 public:
  explicit StatusException(Status status) : status_(std::move(status)) {}
  const Status& status() const { return status_; }
  const char* what() const noexcept override { return status_.message().c_str(); }

 private:
  Status status_;
};

}  // namespace winnow

#endif  // BASE_STATUS_EXCEPTION_H_
