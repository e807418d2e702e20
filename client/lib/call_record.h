// Writes down every call that may change something, and its reply, in preset chaos; nothing in any other build.
//
//   WINNOW_RECORD_CALL(record, request);            before it is sent
//   WINNOW_RECORD_REPLY(record, status, response);  after it came
//
// One line of JSON each, in the file $WINNOW_CALL_RECORDS/PID, written with one write(2) so that it survives kill -9:
//   {"w": "call" | "reply", "n": which call of the process, "t": ns of CLOCK_MONOTONIC, "m": "CompleteStageRequest",
//    "code": 9, "reason": "LEASE_LOST", "body": {the message}}
// A call without a reply line was cut off by the end of its process. Read by tests/chaos/history.h.
#ifndef CLIENT_LIB_CALL_RECORD_H_
#define CLIENT_LIB_CALL_RECORD_H_

#ifdef WINNOW_FAILPOINTS

#include <google/protobuf/message.h>

#include <cstdint>

#include "base/status.h"

namespace winnow::client {

class CallRecord {
 public:
  explicit CallRecord(const google::protobuf::Message& request);
  void End(const Status& status, const google::protobuf::Message& response);

 private:
  int64_t number_ = 0;  // 0: nobody asked for records
};

}  // namespace winnow::client

#define WINNOW_RECORD_CALL(record, request) ::winnow::client::CallRecord record(request)
#define WINNOW_RECORD_REPLY(record, status, response) record.End(status, response)

#else

#define WINNOW_RECORD_CALL(record, request) static_cast<void>(0)
#define WINNOW_RECORD_REPLY(record, status, response) static_cast<void>(0)

#endif  // WINNOW_FAILPOINTS

#endif  // CLIENT_LIB_CALL_RECORD_H_
