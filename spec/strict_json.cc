#include "spec/strict_json.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace winnow::spec {
namespace {

std::string LineAndColumn(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_end = before.rfind('\n');
  const size_t column = line_end == std::string_view::npos ? at + 1 : at - line_end;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// What the library's message says behind its own "[json.exception...] parse error at line 1, column 2: ".
std::string_view Reason(std::string_view what) {
  const size_t at = what.find("] ");
  std::string_view reason = at == std::string_view::npos ? what : what.substr(at + 2);
  if (reason.substr(0, 11) == "parse error") {
    if (const size_t colon = reason.find(": "); colon != std::string_view::npos) reason = reason.substr(colon + 2);
  }
  return reason;
}

// Builds the value from the parser's events and watches names and depth.
class Reader : public nlohmann::json_sax<Json> {
 public:
  Reader(std::string_view text, FaultList* faults) : text_(text), faults_(faults) {}

  Json Take() { return std::move(root_); }

  bool null() override { return Put(Json(nullptr)); }
  bool boolean(bool value) override { return Put(Json(value)); }
  bool number_integer(int64_t value) override { return Put(Json(value)); }
  bool number_unsigned(uint64_t value) override { return Put(Json(value)); }
  bool number_float(double value, const std::string&) override { return Put(Json(value)); }
  bool string(std::string& value) override { return Put(Json(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }  // not in JSON text

  bool start_object(size_t) override { return Open(Json::object()); }
  bool start_array(size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(std::string& name) override {
    Frame& frame = open_.back();
    frame.member = name;
    if (frame.value->contains(name)) {
      faults_->Add(Pointer(), "expected the member \"" + name + "\" once, found it again");
    }
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
    // `position` counts from 1 and points behind the last character read.
    const size_t at = std::min(position > 0 ? position - 1 : 0, text_.size());
    faults_->Add("", "JSON syntax error at " + LineAndColumn(text_, at) + ": " + std::string(Reason(error.what())));
    return false;
  }

 private:
  struct Frame {
    Json* value;         // an object or array that has begun and not ended
    std::string member;  // of an object, the name read last
  };

  std::string Pointer() const {
    std::string pointer;
    for (const Frame& frame : open_) {
      pointer = frame.value->is_array() ? Below(pointer, frame.value->size() - 1) : Below(pointer, frame.member);
    }
    return pointer;
  }

  Json* Place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Frame& frame = open_.back();
    if (frame.value->is_array()) {
      frame.value->push_back(std::move(value));
      return &frame.value->back();
    }
    Json& member = (*frame.value)[frame.member];
    member = std::move(value);
    return &member;
  }

  bool Put(Json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(Json value) {
    if (open_.size() >= kDeepestNesting) {
      faults_->Add("", "expected values nested at most " + std::to_string(kDeepestNesting) + " deep, found more");
      return false;
    }
    open_.push_back({Place(std::move(value)), ""});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const std::string_view text_;
  FaultList* const faults_;
  Json root_;
  std::vector<Frame> open_;
};

}  // namespace

std::optional<Json> ParseStrictJson(std::string_view text, FaultList& faults) {
  if (text.size() > kLongestSpecBytes) {
    faults.Add(
        "", "expected at most " + std::to_string(kLongestSpecBytes) + " bytes, found " + std::to_string(text.size()));
    return std::nullopt;
  }
  Reader reader(text, &faults);
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) return std::nullopt;
  return reader.Take();
}

}  // namespace winnow::spec
