#include "worker/agent/attempt_record.h"

#include <algorithm>

namespace winnow::worker {

Result<ExecutorEvent> AttemptRecord::Take(std::string_view line) {
  ++lines_;
  const std::string where = "event line " + std::to_string(lines_) + " ";
  const auto bad = [&](const std::string& why) {
    return Err(InvalidArgument(where + why + ": \"" + std::string(line.substr(0, 120)) + "\""));
  };
  Result<ExecutorEvent> event = ParseExecutorEvent(line);
  if (!event) return Err(InvalidArgument(where + event.error().message()));
  const bool starts = std::holds_alternative<StartedLine>(*event);
  // An error may come before `started`: what is wrong with the request shows before the work begins.
  if (!started_ && !starts && !std::holds_alternative<ErrorLine>(*event)) return bad("comes before \"started\"");
  if (started_ && starts) return bad("is a second \"started\"");
  if (result_ || error_) return bad("comes after the last event");
  Keep(*event);
  return event;
}

bool AttemptRecord::HasArtifact(std::string_view name) const {
  return std::any_of(artifacts_.begin(), artifacts_.end(), [&](const ArtifactLine& a) { return a.name == name; });
}

void AttemptRecord::Keep(const ExecutorEvent& event) {
  if (const auto* started = std::get_if<StartedLine>(&event)) {
    started_ = true;
    numerics_class_ = started->numerics_class;
  } else if (const auto* resume = std::get_if<ResumePointLine>(&event)) {
    resume_point_ = *resume;
  } else if (const auto* artifact = std::get_if<ArtifactLine>(&event)) {
    std::erase_if(artifacts_, [&](const ArtifactLine& a) { return a.name == artifact->name; });
    artifacts_.push_back(*artifact);
  } else if (const auto* result = std::get_if<ResultLine>(&event)) {
    result_ = *result;
  } else if (const auto* error = std::get_if<ErrorLine>(&event)) {
    error_ = *error;
  }
}

}  // namespace winnow::worker
