#include "server/store/page.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/sha256.h"

namespace winnow::server {
namespace {

constexpr int kDefaultSize = 100;
constexpr int kMaxSize = 1000;
constexpr size_t kCheckLength = 16;  // hexadecimal digits of the digest that ties a token to its list

// "REVISION NUMBER TEXT".
std::string Plain(const PagePosition& position) {
  return std::to_string(position.revision) + " " + std::to_string(position.number) + " " + position.text;
}

std::string CheckDigits(const std::string& list, const std::string& plain) {
  return Sha256Hex("winnow page token 1\n" + list + "\n" + plain).substr(0, kCheckLength);
}

std::string ToHex(const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char c : text) {
    hex += kDigits[c >> 4];
    hex += kDigits[c & 15];
  }
  return hex;
}

bool FromHex(std::string_view hex, std::string* text) {
  if (hex.size() % 2 != 0) return false;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    if (error != std::errc() || end != hex.data() + i + 2) return false;
    *text += static_cast<char>(value);
  }
  return true;
}

bool ReadNumber(std::string_view* text, int64_t* value) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (error != std::errc() || end == text->data() + text->size() || *end != ' ') return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()) + 1);
  return true;
}

}  // namespace

Result<int> EffectivePageSize(int requested) {
  if (requested < 0) {
    return Err(InvalidArgument("page_size is " + std::to_string(requested) + "; give 1 to 1000, or 0 for 100"));
  }
  return requested == 0 ? kDefaultSize : std::min(requested, kMaxSize);
}

std::string MakePageToken(const std::string& list, const PagePosition& position) {
  const std::string plain = Plain(position);
  return CheckDigits(list, plain) + ToHex(plain);
}

Result<PagePosition> ParsePageToken(const std::string& list, const std::string& token) {
  const Status refused = InvalidArgument(
      "page_token is not one that this list gave with the same arguments; begin "
      "again without one");
  std::string plain;
  if (token.size() <= kCheckLength || !FromHex(std::string_view(token).substr(kCheckLength), &plain) ||
      token.compare(0, kCheckLength, CheckDigits(list, plain)) != 0) {
    return Err(refused);
  }
  PagePosition position;
  std::string_view rest = plain;
  if (!ReadNumber(&rest, &position.revision) || !ReadNumber(&rest, &position.number)) return Err(refused);
  position.text = rest;
  return position;
}

}  // namespace winnow::server
