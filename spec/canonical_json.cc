#include "spec/canonical_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow::spec {
namespace {

constexpr int kDeepest = 1000;

// Reads one code point of `text` at `at`, which moves behind it. Nothing if that is no UTF-8 (RFC 3629).
std::optional<uint32_t> NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = byte(at);
  if (first < 0x80) {
    ++at;
    return first;
  }
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return std::nullopt;
  uint32_t point = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(at + i) & 0x3F);
  }
  if (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  at += length;
  return point;
}

// The UTF-16 code units of `text`, by which RFC 8785 orders names.
std::optional<std::u16string> ToUtf16(std::string_view text) {
  std::u16string units;
  for (size_t at = 0; at < text.size();) {
    const auto point = NextCodePoint(text, at);
    if (!point) return std::nullopt;
    if (*point >= 0x10000) {
      units += static_cast<char16_t>(0xD800 + ((*point - 0x10000) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((*point - 0x10000) & 0x3FF));
    } else {
      units += static_cast<char16_t>(*point);
    }
  }
  return units;
}

void AppendString(std::string_view text, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  static constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
  static constexpr std::string_view kShortLetters = "btnfr\"\\";
  out += '"';
  for (const char c : text) {
    if (const size_t at = kShort.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kShortLetters[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

// Appends values to one text; the first failure stays.
class Writer {
 public:
  Status Append(const Json& value, int depth) {
    if (depth > kDeepest) return InvalidArgument("JSON is nested deeper than " + std::to_string(kDeepest));
    switch (value.type()) {
      case Json::value_t::null:
        text_ += "null";
        return OkStatus();
      case Json::value_t::boolean:
        text_ += value.get<bool>() ? "true" : "false";
        return OkStatus();
      case Json::value_t::number_integer:
      case Json::value_t::number_unsigned:
        return AppendInteger(value);
      case Json::value_t::number_float:
        if (!std::isfinite(value.get<double>())) return InvalidArgument("JSON has no number that is not finite");
        text_ += EcmaScriptNumber(value.get<double>());
        return OkStatus();
      case Json::value_t::string:
        return AppendText(value.get_ref<const std::string&>());
      case Json::value_t::array:
        return AppendArray(value, depth);
      case Json::value_t::object:
        return AppendObject(value, depth);
      case Json::value_t::binary:
      case Json::value_t::discarded:
        break;
    }
    return InvalidArgument("a value that JSON does not have");
  }

  std::string Take() { return std::move(text_); }

 private:
  // JSON's numbers are doubles here, so the integer must be one, or be the text of one, as what this writes for a large
  // double is when it is read again.
  Status AppendInteger(const Json& value) {
    const auto real = value.get<double>();
    const std::string number = EcmaScriptNumber(real);
    char exact[64];
    const auto end = std::to_chars(exact, exact + sizeof(exact), real, std::chars_format::fixed, 0).ptr;
    const std::string given = value.dump();
    if (given != number && given != std::string_view(exact, static_cast<size_t>(end - exact))) {
      return InvalidArgument("the integer " + given + " has no exact double; write it as a string");
    }
    text_ += number;
    return OkStatus();
  }

  Status AppendText(const std::string& text) {
    if (!ToUtf16(text)) return InvalidArgument("a string of JSON is not UTF-8");
    AppendString(text, text_);
    return OkStatus();
  }

  Status AppendArray(const Json& value, int depth) {
    text_ += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) text_ += ',';
      WINNOW_RETURN_IF_ERROR(Append(value[i], depth + 1));
    }
    text_ += ']';
    return OkStatus();
  }

  Status AppendObject(const Json& value, int depth) {
    std::vector<std::pair<std::u16string, Json::const_iterator>> members;
    for (auto it = value.begin(); it != value.end(); ++it) {
      auto units = ToUtf16(it.key());
      if (!units) return InvalidArgument("a name in JSON is not UTF-8");
      members.emplace_back(std::move(*units), it);
    }
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    text_ += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) text_ += ',';
      AppendString(members[i].second.key(), text_);
      text_ += ':';
      WINNOW_RETURN_IF_ERROR(Append(*members[i].second, depth + 1));
    }
    text_ += '}';
    return OkStatus();
  }

  std::string text_;
};

}  // namespace

Result<std::string> CanonicalJson(const Json& value) {
  Writer writer;
  WINNOW_RETURN_ERR_IF_ERROR(writer.Append(value, 0));
  return writer.Take();
}

// ECMA-262, Number::toString: the value is 0.DIGITS x 10^n with the fewest digits that give the double back.
std::string EcmaScriptNumber(double value) {
  if (value == 0) return "0";
  char shortest[32];
  const auto end = std::to_chars(shortest, shortest + sizeof(shortest), std::abs(value), std::chars_format::scientific);
  const std::string_view text(shortest, static_cast<size_t>(end.ptr - shortest));
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 1) digits += text.substr(2, e - 2);
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);

  const int n = exponent + 1;
  const int count = static_cast<int>(digits.size());
  std::string number = value < 0 ? "-" : "";
  if (n > 21 || n <= -6) {
    number += digits[0];
    if (count > 1) number += "." + digits.substr(1);
    return number + (n > 0 ? "e+" : "e-") + std::to_string(std::abs(n - 1));
  }
  if (n <= 0) return number + "0." + std::string(static_cast<size_t>(-n), '0') + digits;
  if (count <= n) return number + digits + std::string(static_cast<size_t>(n - count), '0');
  return number + digits.substr(0, static_cast<size_t>(n)) + "." + digits.substr(static_cast<size_t>(n));
}

}  // namespace winnow::spec
