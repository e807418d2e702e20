#include "client/cli/display_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace winnow::cli {
namespace {

struct Glyph {
  size_t bytes;
  size_t columns;
};

struct CodeRange {
  uint32_t first, last;
};

// The blocks of Unicode that matter for names and messages; not the whole of East Asian Width.
constexpr std::array<CodeRange, 8> kZero = {{{0x0300, 0x036F},
                                             {0x0483, 0x0489},
                                             {0x0591, 0x05BD},
                                             {0x200B, 0x200F},
                                             {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F},
                                             {0xFE20, 0xFE2F},
                                             {0xFEFF, 0xFEFF}}};
constexpr std::array<CodeRange, 9> kWide = {{{0x1100, 0x115F},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0xA4CF},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0x1F300, 0x1FAFF},
                                             {0x20000, 0x3FFFD}}};

template <size_t n>
bool In(const std::array<CodeRange, n>& ranges, uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](CodeRange r) { return r.first <= code && code <= r.last; });
}

// "\x1b[...m" and its like: from ESC [ to the first byte of @ to ~.
size_t EscapeBytes(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
  size_t at = 2;
  while (at < text.size() && (text[at] < '@' || text[at] > '~')) ++at;
  return std::min(at + 1, text.size());
}

Glyph NextGlyph(std::string_view text) {
  if (const size_t escape = EscapeBytes(text)) return {escape, 0};
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {1, 1};
  const size_t length = lead >= 0xF0 && lead < 0xF8 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || lead >= 0xF8 || length > text.size()) return {1, 1};
  uint32_t code = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return {1, 1};
    code = code << 6 | (next & 0x3Fu);
  }
  return {length, In(kZero, code) ? size_t{0} : In(kWide, code) ? size_t{2} : size_t{1}};
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = NextGlyph(text);
    width += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width;
}

std::string Fit(std::string_view text, size_t width, bool unicode) {
  if (DisplayWidth(text) <= width) return std::string(text);
  const std::string_view ellipsis = unicode ? "…" : "...";
  const size_t ellipsis_width = unicode ? 1 : 3;
  if (width < ellipsis_width) return std::string(width, '.');
  std::string kept;
  size_t used = 0;
  bool coloured = false;
  while (!text.empty()) {
    const Glyph glyph = NextGlyph(text);
    if (used + glyph.columns > width - ellipsis_width) break;
    coloured |= text[0] == '\x1b';
    kept += text.substr(0, glyph.bytes);
    used += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  kept += ellipsis;
  if (coloured) kept += "\x1b[0m";
  return kept;
}

std::string Pad(std::string_view text, size_t width, Align align) {
  const size_t have = DisplayWidth(text);
  const std::string fill(width > have ? width - have : 0, ' ');
  return align == Align::kLeft ? std::string(text) + fill : fill + std::string(text);
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    line += c == '\n' || c == '\t' ? ' ' : byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return line;
}

}  // namespace winnow::cli
