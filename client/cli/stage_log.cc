#include "client/cli/stage_log.h"

#include <string_view>
#include <utility>

namespace winnow::cli {

std::string LinePrefixer::Add(std::string_view text) {
  if (prefix_.empty()) {
    if (!text.empty()) at_line_start_ = text.back() == '\n';
    return std::string(text);
  }
  std::string output;
  for (const char c : text) {
    if (at_line_start_) output += prefix_;
    output += c;
    at_line_start_ = c == '\n';
  }
  return output;
}

std::string LinePrefixer::Finish() { return std::exchange(at_line_start_, true) ? "" : "\n"; }

size_t TailOffset(std::string_view text, size_t lines) {
  if (lines == 0) return text.size();
  size_t at = text.size();
  // The end of the last line is no beginning of another.
  if (at > 0 && text[at - 1] == '\n') --at;
  for (; at > 0; --at) {
    if (text[at - 1] == '\n' && --lines == 0) return at;
  }
  return 0;
}

Result<bool> PrintStageLog(Session& session, const CommandContext& context, const v1::Stage& stage,
                           const std::string& prefix, const LogRequest& request) {
  LinePrefixer prefixer(prefix);
  int attempt = request.attempt;
  int64_t offset = 0;
  bool any = false;
  const auto print = [&](std::string_view content) {
    any |= !content.empty();
    *context.out << prefixer.Add(content) << std::flush;
    return true;
  };
  Status status;
  if (request.tail) {
    // The whole log first: only then is it known where its last lines begin.
    std::string text;
    status = session.coordinator().ReadStageLog(stage.name(), attempt, 0, /*follow=*/false,
                                                [&](const v1::ReadStageLogResponse& piece) {
                                                  attempt = piece.attempt();
                                                  text += piece.content();
                                                  return true;
                                                });
    offset = static_cast<int64_t>(text.size());
    if (status.ok()) print(std::string_view(text).substr(TailOffset(text, *request.tail)));
  }
  if (status.ok() && (request.follow || !request.tail)) {
    if (request.follow && context.catch_signals) context.interrupts->CatchSignals();
    context.interrupts->SetHandler([&session](int) { session.Interrupt(); });
    status = session.coordinator().ReadStageLog(
        stage.name(), attempt, offset, request.follow,
        [&](const v1::ReadStageLogResponse& piece) { return print(piece.content()); });
    context.interrupts->SetHandler(nullptr);
  }
  *context.out << prefixer.Finish() << std::flush;
  if (status.code() == StatusCode::kNotFound && request.attempt == 0) return any;
  if (status.code() == StatusCode::kCancelled && context.interrupts->count() > 0) return any;
  if (!status.ok()) return Err(std::move(status));
  return any;
}

}  // namespace winnow::cli
