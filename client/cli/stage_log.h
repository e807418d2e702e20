// Printing the log of a stage's attempt.
#ifndef CLIENT_CLI_STAGE_LOG_H_
#define CLIENT_CLI_STAGE_LOG_H_

#include <optional>
#include <string>

#include "base/result.h"
#include "client/cli/command_context.h"
#include "client/cli/session.h"

namespace winnow::cli {

struct LogRequest {
  int attempt = 0;  // 0: the latest
  bool follow = false;
  std::optional<size_t> tail;  // the last so many lines
};

// Prints the log on context.out, `prefix` before every line; ends with a line end, so that the next stage's begins
// afresh. With `follow` until the attempt has ended or context.interrupts counts one. False where there is no log: the
// stage has not begun, or its log has been removed.
Result<bool> PrintStageLog(Session& session, const CommandContext& context, const v1::Stage& stage,
                           const std::string& prefix, const LogRequest& request);

// Puts `prefix` before every line of text that comes in pieces. Threads: one at a time.
class LinePrefixer {
 public:
  explicit LinePrefixer(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string Add(std::string_view text);
  // "\n" where the last line has not ended.
  std::string Finish();

 private:
  const std::string prefix_;
  bool at_line_start_ = true;
};

// Offset in `text` at which its last `lines` lines begin.
size_t TailOffset(std::string_view text, size_t lines);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_STAGE_LOG_H_
