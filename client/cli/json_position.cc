#include "client/cli/json_position.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/json.h"

namespace winnow::cli {
namespace {

constexpr int kDeepestNesting = 200;

// "~1" is "/", "~0" is "~" (RFC 6901).
std::string Unescaped(std::string_view token) {
  std::string text;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      text += token[++i] == '1' ? '/' : '~';
    } else {
      text += token[i];
    }
  }
  return text;
}

std::vector<std::string> Tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    tokens.push_back(Unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return tokens;
}

// Walks over the text; false everywhere means that it is no JSON here.
class Walker {
 public:
  Walker(std::string_view text, const std::vector<std::string>& wanted) : text_(text), wanted_(wanted) {}

  std::optional<size_t> Find() {
    SkipSpace();
    if (wanted_.empty()) return at_;
    Value(0, true, 0);
    return found_;
  }

 private:
  // `on_path`: the first `depth` tokens of the pointer lead here.
  bool Value(size_t depth, bool on_path, int nesting) {
    if (nesting > kDeepestNesting || at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{':
        return Object(depth, on_path, nesting);
      case '[':
        return Array(depth, on_path, nesting);
      case '"':
        return String(nullptr);
      default:
        while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
        return true;
    }
  }

  bool Object(size_t depth, bool on_path, int nesting) {
    ++at_;
    SkipSpace();
    if (Take('}')) return true;
    while (true) {
      SkipSpace();
      const size_t name_at = at_;
      std::string name;
      if (!String(&name)) return false;
      const bool leads = on_path && depth < wanted_.size() && name == wanted_[depth];
      if (leads) Reached(depth, name_at);
      SkipSpace();
      if (!Take(':')) return false;
      SkipSpace();
      if (!Value(depth + 1, leads, nesting + 1)) return false;
      SkipSpace();
      if (Take('}')) return true;
      if (!Take(',')) return false;
    }
  }

  bool Array(size_t depth, bool on_path, int nesting) {
    ++at_;
    SkipSpace();
    if (Take(']')) return true;
    for (size_t index = 0;; ++index) {
      SkipSpace();
      const bool leads = on_path && depth < wanted_.size() && std::to_string(index) == wanted_[depth];
      if (leads) Reached(depth, at_);
      if (!Value(depth + 1, leads, nesting + 1)) return false;
      SkipSpace();
      if (Take(']')) return true;
      if (!Take(',')) return false;
    }
  }

  bool String(std::string* content) {
    const size_t begin = at_;
    if (!Take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (!Take('"')) return false;
    if (content == nullptr) return true;
    const Json parsed = Json::parse(text_.substr(begin, at_ - begin), nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_string()) return false;
    *content = parsed.get<std::string>();
    return true;
  }

  void Reached(size_t depth, size_t position) {
    if (depth + 1 == wanted_.size()) found_ = position;
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  const std::string_view text_;
  const std::vector<std::string>& wanted_;
  size_t at_ = 0;
  std::optional<size_t> found_;
};

}  // namespace

std::optional<TextPosition> FindPosition(std::string_view json, std::string_view pointer) {
  if (!pointer.empty() && pointer[0] != '/') return std::nullopt;
  const std::vector<std::string> tokens = Tokens(pointer);
  const std::optional<size_t> at = Walker(json, tokens).Find();
  if (!at) return std::nullopt;
  const std::string_view before = json.substr(0, *at);
  const size_t line_end = before.rfind('\n');
  return TextPosition{1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')),
                      line_end == std::string_view::npos ? *at + 1 : *at - line_end};
}

}  // namespace winnow::cli
