// The failpoints that kill, all of them: tests/chaos/failpoints_test.py compares the list with the sources.
#ifndef TESTS_CHAOS_FAILPOINT_NAMES_H_
#define TESTS_CHAOS_FAILPOINT_NAMES_H_

#include <array>
#include <string_view>

namespace winnow::chaos {

struct FailpointName {
  std::string_view name;
  bool in_worker = false;  // else in the coordinator
};

inline constexpr std::array<FailpointName, 22> kFailpoints = {{
    {"lease.before_commit"},
    {"lease.after_commit"},
    {"heartbeat.before"},
    {"heartbeat.after"},
    {"checkpoint.before_sync"},
    {"checkpoint.after_sync"},
    {"artifact.before_rename"},
    {"artifact.after_rename"},
    {"report.before_commit"},
    {"report.after_commit"},
    {"result.before_commit"},
    {"result.after_commit"},
    {"reply.before"},
    {"reply.after"},
    {"log.before_checkpoint"},
    {"log.after_checkpoint"},
    {"worker.before_heartbeat", true},
    {"worker.after_heartbeat", true},
    {"worker.before_upload", true},
    {"worker.after_upload", true},
    {"worker.before_report", true},
    {"worker.after_report", true},
}};

// Carries out a call and loses its reply; kills nothing.
inline constexpr std::string_view kLostReply = "reply.lost";

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_FAILPOINT_NAMES_H_
