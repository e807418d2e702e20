#include "tests/chaos/call_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "base/status.h"

namespace winnow::chaos {
namespace {

using Kind = Operation::Kind;

std::optional<Kind> KindOf(const std::string& request) {
  static const std::map<std::string, Kind> kinds = {
      {"CreateSweepRequest", Kind::kSubmit},     {"AcquireLeaseRequest", Kind::kAcquire},
      {"RenewLeasesRequest", Kind::kRenew},      {"ReportProgressRequest", Kind::kReport},
      {"CompleteStageRequest", Kind::kComplete}, {"WriteArtifactRequest", Kind::kUpload}};
  const auto it = kinds.find(request);
  return it == kinds.end() ? std::nullopt : std::optional(it->second);
}

std::vector<std::string> Texts(const Json& body, const char* name) {
  return body.contains(name) ? body[name].get<std::vector<std::string>>() : std::vector<std::string>();
}

// protobuf's JSON has 64-bit numbers as texts and leaves out what is 0.
Measured MeasuredIn(const Json& body) {
  Measured measured;
  for (const Json& measurement : body.value("measurements", Json::array())) {
    measured[{measurement.value("name", ""), std::stoll(measurement.value("step", "0"))}] =
        measurement.value("value", 0.0);
  }
  return measured;
}

Operation Begin(Kind kind, int process, const Json& line) {
  const Json& body = line["body"];
  Operation op;
  op.kind = kind;
  op.process = process;
  op.begin = line["t"];
  op.request_id = body.value("request_id", "");
  op.worker = body.value("worker", "");
  op.token = body.value("token", "");
  op.tokens = Texts(body, "tokens");
  op.measured = MeasuredIn(body);
  if (body.contains("success")) {
    op.is_success = true;
    op.payload = body["success"].value("result_json", "");
  }
  if (body.contains("artifact")) op.artifact = body["artifact"].value("name", "");
  return op;
}

// Codes that say nothing about whether the call was carried out.
bool SaysNothing(StatusCode code) {
  return code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded || code == StatusCode::kCancelled ||
         code == StatusCode::kUnknown || code == StatusCode::kInternal;
}

void End(const Json& line, Operation& op) {
  const auto code = static_cast<StatusCode>(line["code"].get<int>());
  op.end = line["t"];
  op.reason = line.value("reason", "");
  if (code != StatusCode::kOk) {
    op.outcome = SaysNothing(code) ? Outcome::kUnknown : Outcome::kRefused;
    return;
  }
  op.outcome = Outcome::kAcknowledged;
  const Json& body = line["body"];
  for (const char* const name : {"lease", "next_lease"}) {
    if (!body.contains(name)) continue;
    const Json& lease = body[name];
    const std::string stage = lease["stage"].value("name", "");
    op.granted = GrantedToken{lease.value("token", ""), stage.substr(stage.rfind('/') + 1), lease.value("attempt", 0)};
  }
  op.lost_tokens = Texts(body, "lost_tokens");
  if (body.contains("sweep")) op.sweep = body["sweep"].value("name", "");
}

}  // namespace

CallReader::CallReader(const std::filesystem::path& folder, int process)
    : path_(folder / std::to_string(process)), process_(process) {}

void CallReader::Poll(const std::function<void(const Operation&)>& ended) {
  if (!fd_.valid()) fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_.valid()) return;  // it has made no call yet
  char bytes[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd_.get(), bytes, sizeof bytes);
    if (n <= 0) return;
    rest_.append(bytes, static_cast<size_t>(n));
    size_t begin = 0;
    for (size_t newline; (newline = rest_.find('\n', begin)) != std::string::npos; begin = newline + 1) {
      TakeLine(rest_.substr(begin, newline - begin), ended);
    }
    rest_.erase(0, begin);
  }
}

void CallReader::TakeLine(const std::string& text, const std::function<void(const Operation&)>& ended) {
  const Result<Json> line = ParseJson(text);
  if (!line) return;  // cut off by the end of its process
  const int64_t number = (*line)["n"];
  if ((*line)["w"] == "call") {
    if (const std::optional<Kind> kind = KindOf((*line)["m"])) open_.emplace(number, Begin(*kind, process_, *line));
    return;
  }
  const auto it = open_.find(number);
  if (it == open_.end()) return;
  End(*line, it->second);
  ended(it->second);
  closed_.push_back(std::move(it->second));
  open_.erase(it);
}

void CallReader::Finish(const std::function<void(const Operation&)>& ended, History& history) {
  Poll(ended);
  history.insert(history.end(), std::make_move_iterator(closed_.begin()), std::make_move_iterator(closed_.end()));
  for (auto& [number, op] : open_) history.push_back(std::move(op));
  closed_.clear();
  open_.clear();
  fd_.reset();
}

}  // namespace winnow::chaos
