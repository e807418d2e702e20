#include "worker/agent/executor_event.h"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/json.h"

namespace winnow::worker {
namespace {

std::string Quoted(std::string_view line) {
  static constexpr size_t kShown = 120;
  return "\"" + std::string(line.substr(0, kShown)) + (line.size() > kShown ? "...\"" : "\"");
}

// Reads members of one event; the first fault stays.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  std::string Text(const char* name, bool required = true) {
    const Json* member = Find(name, required);
    if (member == nullptr) return "";
    if (!member->is_string()) return Fault(name, "a string"), "";
    return member->get<std::string>();
  }
  int64_t Integer(const char* name, bool required = true) {
    const Json* member = Find(name, required);
    if (member == nullptr) return 0;
    if (!member->is_number_integer() || member->get<int64_t>() < 0) return Fault(name, "an integer from 0"), 0;
    return member->get<int64_t>();
  }
  double Number(const char* name) {
    const Json* member = Find(name, true);
    if (member == nullptr) return 0;
    if (!member->is_number() || !std::isfinite(member->get<double>())) return Fault(name, "a number"), 0;
    return member->get<double>();
  }
  bool Bool(const char* name) {
    const Json* member = Find(name, true);
    if (member == nullptr) return false;
    if (!member->is_boolean()) return Fault(name, "true or false"), false;
    return member->get<bool>();
  }
  // Of a file below the output folder.
  std::string Path(const char* name) {
    const std::string text = Text(name);
    if (!fault_.empty()) return text;
    const std::filesystem::path path(text);
    bool below = !text.empty() && path.is_relative();
    for (const auto& part : path) below = below && part != "..";
    if (!below) Fault(name, "a path below the output folder");
    return text;
  }
  const Json* Object(const char* name) {
    const Json* member = Find(name, true);
    if (member != nullptr && !member->is_object()) Fault(name, "an object");
    return member;
  }

  const std::string& fault() const { return fault_; }

 private:
  const Json* Find(const char* name, bool required) {
    const auto it = object_.find(name);
    if (it != object_.end()) return &*it;
    if (required && fault_.empty()) fault_ = std::string("has no \"") + name + "\"";
    return nullptr;
  }
  void Fault(const char* name, const char* expected) {
    if (fault_.empty()) fault_ = std::string("\"") + name + "\" must be " + expected;
  }

  const Json& object_;
  std::string fault_;
};

// Sets `known` to false for another event than ours.
ExecutorEvent ReadMembers(const std::string& event, Members& members, bool& known) {
  known = true;
  if (event == "started") {
    return StartedLine{members.Text("numerics_class"), members.Integer("resumed_epoch", false),
                       members.Text("restarted_because", false)};
  }
  if (event == "progress") {
    return ProgressLine{members.Number("done"), members.Number("total"), members.Text("unit"),
                        members.Text("note", false)};
  }
  if (event == "measurement") {
    return MeasurementLine{members.Text("name"), members.Integer("step"), members.Number("value")};
  }
  if (event == "resume_point") return ResumePointLine{members.Path("path"), members.Integer("epoch")};
  if (event == "artifact") return ArtifactLine{members.Text("name"), members.Path("path")};
  if (event == "result") {
    const Json* values = members.Object("values");
    return ResultLine{values == nullptr ? "" : DumpJson(*values)};
  }
  if (event == "error") return ErrorLine{members.Text("code"), members.Text("message"), members.Bool("retryable")};
  known = false;
  return ProgressLine{};
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

struct ToText {
  std::string operator()(const StartedLine& e) const {
    std::string text = "started (" + e.numerics_class + ")";
    if (e.resumed_epoch > 0) text += ", resumed after epoch " + std::to_string(e.resumed_epoch);
    if (!e.restarted_because.empty()) text += ", from the beginning: " + e.restarted_because;
    return text;
  }
  std::string operator()(const ProgressLine&) const { return ""; }
  std::string operator()(const MeasurementLine& e) const {
    return "measurement " + e.name + " at step " + std::to_string(e.step) + ": " + Number(e.value);
  }
  std::string operator()(const ResumePointLine& e) const {
    return "resume point after epoch " + std::to_string(e.epoch);
  }
  std::string operator()(const ArtifactLine& e) const { return "artifact " + e.name + ": " + e.path; }
  std::string operator()(const ResultLine&) const { return "finished"; }
  std::string operator()(const ErrorLine& e) const { return "error " + e.code + ": " + e.message; }
};

}  // namespace

Result<ExecutorEvent> ParseExecutorEvent(std::string_view line) {
  const auto bad = [&](const std::string& why) { return Err(InvalidArgument(why + ": " + Quoted(line))); };
  if (line.size() > kMaxEventLineBytes) {
    return bad("is longer than " + std::to_string(kMaxEventLineBytes) + " bytes");
  }
  const Result<Json> object = ParseJson(line);
  if (!object || !object->is_object()) return bad("is no JSON object");
  Members members(*object);
  const std::string event = members.Text("event");
  if (!members.fault().empty()) return bad(members.fault());
  bool known;
  ExecutorEvent read = ReadMembers(event, members, known);
  if (!known) return bad("is of an unknown event");
  if (!members.fault().empty()) return bad(members.fault());
  return read;
}

std::string LogText(const ExecutorEvent& event) { return std::visit(ToText(), event); }

}  // namespace winnow::worker
