#include "client/lib/call_record.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace winnow::client {
namespace {

std::atomic<int64_t> last_number{0};

// -1: nobody asked for records.
int RecordFile() {
  static const int fd = [] {
    const char* const folder = std::getenv("WINNOW_CALL_RECORDS");
    if (folder == nullptr) return -1;
    const std::string path = std::string(folder) + "/" + std::to_string(::getpid());
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }();
  return fd;
}

int64_t MonotonicNs() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

void WriteLine(const std::string& head, const google::protobuf::Message& message) {
  std::string body;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &body, options).ok()) body = "{}";
  const std::string line = head + ",\"m\":\"" + message.GetDescriptor()->name() + "\",\"body\":" + body + "}\n";
  if (::write(RecordFile(), line.data(), line.size()) < 0) std::perror("WINNOW_CALL_RECORDS");
}

std::string Head(const char* what, int64_t number) {
  return std::string("{\"w\":\"") + what + "\",\"n\":" + std::to_string(number) +
         ",\"t\":" + std::to_string(MonotonicNs());
}

}  // namespace

CallRecord::CallRecord(const google::protobuf::Message& request) {
  if (RecordFile() < 0) return;
  const std::string& name = request.GetDescriptor()->name();
  for (const char* const reading : {"Get", "List", "Await"}) {
    if (name.rfind(reading, 0) == 0) return;
  }
  number_ = ++last_number;
  WriteLine(Head("call", number_), request);
}

void CallRecord::End(const Status& status, const google::protobuf::Message& response) {
  if (number_ == 0) return;
  WriteLine(Head("reply", number_) + ",\"code\":" + std::to_string(static_cast<int>(status.code())) + ",\"reason\":\"" +
                status.reason() + "\"",
            response);
}

}  // namespace winnow::client
