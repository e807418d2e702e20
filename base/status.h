// The outcome of an operation that can fail, with gRPC's canonical codes.
//
// A message names the thing, the place and the remedy; it is shown to users as it is. `reason` is for programs: an
// upper-case word that a caller may branch on (LEASE_LOST), empty where the code says enough.
#ifndef BASE_STATUS_H_
#define BASE_STATUS_H_

#include <string>
#include <string_view>

namespace winnow {

// Values are gRPC's (google.rpc.Code), so that converting is a cast.
enum class StatusCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on.
std::string_view StatusCodeName(StatusCode code);

// Threads: a value type; const use from several threads is safe.
class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(StatusCode code, std::string message, std::string reason = "")
      : code_(code), message_(std::move(message)), reason_(std::move(reason)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& reason() const { return reason_; }

  // The same status with `context + ": "` before the message. OK stays OK.
  Status WithContext(std::string_view context) const;

  // "INVALID_ARGUMENT: message", or "OK".
  std::string ToString() const;

  friend bool operator==(const Status&, const Status&) = default;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
  std::string reason_;
};

inline Status OkStatus() { return Status(); }
Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status AlreadyExists(std::string message);
Status FailedPrecondition(std::string message, std::string reason = "");
Status ResourceExhausted(std::string message);
Status Unavailable(std::string message);
Status Internal(std::string message);
Status DataLoss(std::string message);
Status Aborted(std::string message);
Status Cancelled(std::string message);
Status DeadlineExceeded(std::string message);
Status Unimplemented(std::string message);
Status PermissionDenied(std::string message);

// A status for a failed system call: `what` + ": " + strerror(error_number). ENOENT is kNotFound, ENOSPC, EDQUOT and
// EFBIG kResourceExhausted, EACCES, EPERM and EROFS kPermissionDenied, the rest kInternal.
Status ErrnoStatus(int error_number, std::string_view what);

}  // namespace winnow

#endif  // BASE_STATUS_H_
