#include "client/cli/exit_code.h"

namespace winnow::cli {

ExitCode ExitCodeOf(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return kExitOk;
    case StatusCode::kInvalidArgument:
    case StatusCode::kOutOfRange:
    case StatusCode::kAlreadyExists:
      return kExitUsage;
    case StatusCode::kNotFound:
      return kExitNotFound;
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kResourceExhausted:
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
    case StatusCode::kUnimplemented:
      return kExitUnavailable;
    case StatusCode::kCancelled:
      return kExitInterrupted;
    case StatusCode::kUnknown:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kAborted:
    case StatusCode::kInternal:
    case StatusCode::kDataLoss:
      return kExitFailed;
  }
  return kExitFailed;
}

const char* ExitCodeHelp() {
  return "Exit codes:\n"
         "  0    done\n"
         "  1    a stage or trial failed, or the sweep was cancelled\n"
         "  2    wrong usage or a faulty spec\n"
         "  3    no such sweep, trial, stage, artifact or file\n"
         "  4    coordinator, data folder or disk cannot be used now\n"
         "  5    a regression was found (bench compare)\n"
         "  130  interrupted by Ctrl-C\n";
}

}  // namespace winnow::cli
