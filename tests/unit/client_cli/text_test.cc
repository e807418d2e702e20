// Numbers, widths, terminals and tables.
#include <gtest/gtest.h>

#include <limits>

#include "client/cli/display_width.h"
#include "client/cli/number_text.h"
#include "client/cli/terminal.h"
#include "client/cli/text_table.h"

namespace winnow::cli {
namespace {

Terminal Plain(int columns) { return DescribeTerminal(true, columns, 24, {"1", "xterm", "", "C.UTF-8"}); }

TEST(NumberText, RoundsAndSigns) {
  EXPECT_EQ(Fixed(1.25, 1), "1.2");
  EXPECT_EQ(Fixed(-0.04, 1), "0.0");
  EXPECT_EQ(Fixed(-0.06, 1), "-0.1");
  EXPECT_EQ(Fixed(std::numeric_limits<double>::quiet_NaN(), 2), "-");
  EXPECT_EQ(Fixed(std::optional<double>(), 2), "-");
  EXPECT_EQ(Percent(0.90125, 2), "90.12");
  EXPECT_EQ(Points(-0.0042, 2), "-0.42");
  EXPECT_EQ(Points(0.001, 2), "+0.10");
  EXPECT_EQ(Points(-0.000001, 2), "0.00");
}

TEST(NumberText, DurationsChooseTheirUnit) {
  EXPECT_EQ(DurationText(0.44), "0.4 s");
  EXPECT_EQ(DurationText(59.94), "59.9 s");
  EXPECT_EQ(DurationText(59.96), "1 min 00 s");
  EXPECT_EQ(DurationText(125.4), "2 min 05 s");
  EXPECT_EQ(DurationText(3720), "1 h 02 min");
  EXPECT_EQ(DurationText(-1), "0.0 s");
}

TEST(NumberText, BytesCountsAndTimes) {
  EXPECT_EQ(BytesText(512), "512 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(uint64_t{4} << 30), "4.0 GiB");
  EXPECT_EQ(Count(1, "stage"), "1 stage");
  EXPECT_EQ(Count(12000, "image"), "12,000 images");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
  EXPECT_EQ(Grouped(-123), "-123");
  EXPECT_EQ(Rfc3339(1795493106), "2026-11-24T04:05:06Z");
  EXPECT_EQ(Rfc3339(0), "");
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("é×…"), 3u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("漢字"), 4u);
  EXPECT_EQ(DisplayWidth("\x1b[31mred\x1b[0m"), 3u);
  EXPECT_EQ(DisplayWidth("\xff\xfe"), 2u);
  EXPECT_EQ(DisplayWidth("\xe2\x82"), 2u);  // the beginning of a longer character
}

TEST(DisplayWidth, FitCutsWithoutBreakingCharactersOrColours) {
  EXPECT_EQ(Fit("winograd_prune", 8), "winogra…");
  EXPECT_EQ(Fit("winograd_prune", 8, false), "winog...");
  EXPECT_EQ(Fit("short", 8), "short");
  EXPECT_EQ(Fit("漢字漢字", 4), "漢…");
  EXPECT_EQ(Fit("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc…\x1b[0m");
  EXPECT_EQ(Fit("abcdef", 2, false), "..");
  EXPECT_EQ(Fit("abcdef", 0), "");
}

TEST(DisplayWidth, PadAndOneLine) {
  EXPECT_EQ(Pad("é", 3, Align::kRight), "  é");
  EXPECT_EQ(Pad("abcd", 3, Align::kLeft), "abcd");
  EXPECT_EQ(OneLine("a\nb\tc\x1b[2J"), "a b c?[2J");
}

TEST(Terminal, ColourNeedsATerminalAndNoColorUnset) {
  EXPECT_TRUE(DescribeTerminal(true, 80, 24, {"", "xterm", "", "en_GB.UTF-8"}).colour);
  EXPECT_FALSE(DescribeTerminal(true, 80, 24, {"1", "xterm", "", "en_GB.UTF-8"}).colour);
  EXPECT_FALSE(DescribeTerminal(true, 80, 24, {"", "dumb", "", "en_GB.UTF-8"}).colour);
  EXPECT_FALSE(DescribeTerminal(false, 0, 0, {"", "xterm", "", "en_GB.UTF-8"}).colour);
  EXPECT_EQ(Plain(80).Red("x"), "x");
  EXPECT_EQ(DescribeTerminal(true, 80, 24, {"", "xterm", "", ""}).Red("x"), "\x1b[31mx\x1b[0m");
}

TEST(Terminal, WidthComesFromKernelThenColumns) {
  EXPECT_EQ(DescribeTerminal(true, 132, 24, {"", "", "90", ""}).columns, 132);
  EXPECT_EQ(DescribeTerminal(true, 0, 0, {"", "", "90", ""}).columns, 90);
  EXPECT_EQ(DescribeTerminal(true, 0, 0, {"", "", "many", ""}).columns, 80);
  EXPECT_EQ(DescribeTerminal(true, 3, 1, {}).columns, 20);
  EXPECT_EQ(DescribeTerminal(false, 0, 0, {"", "", "", ""}).columns, 10000);
  EXPECT_EQ(DescribeTerminal(false, 0, 0, {"", "", "100", ""}).columns, 100);
}

TEST(Terminal, UnicodeByLocaleOnTerminalsAlwaysInFiles) {
  EXPECT_TRUE(DescribeTerminal(true, 80, 24, {"", "", "", "de_DE.utf8"}).unicode);
  EXPECT_FALSE(DescribeTerminal(true, 80, 24, {"", "", "", "C"}).unicode);
  EXPECT_TRUE(DescribeTerminal(false, 80, 24, {"", "", "", "C"}).unicode);
}

TEST(TextTable, AlignsAndEndsLinesWithoutSpaces) {
  TextTable table({{"name"}, {"n", Align::kRight}, {"note"}});
  table.AddRow({"a", "1", ""});
  table.AddRow({"longer", "100", "×"});
  EXPECT_EQ(table.Render(Plain(80)), "name      n  note\na         1\nlonger  100  ×\n");
}

TEST(TextTable, ShrinksWhatMayThenLeavesColumnsOut) {
  TextTable table({{"name", Align::kLeft, true}, {"low", Align::kRight, false, 1}, {"keep", Align::kRight}});
  table.AddRow({"a-rather-long-name", "12345", "6789"});
  EXPECT_EQ(table.Render(Plain(25)), "name            low  keep\na-rather-lo…  12345  6789\n");
  const std::string narrow = table.Render(Plain(20));
  EXPECT_EQ(narrow, "name            keep\na-rather-long…  6789\n(1 column left out: the terminal is too narrow)\n");
}

TEST(TextTable, NeverCutsNumbers) {
  TextTable table({{"ms", Align::kRight}, {"more ms", Align::kRight}});
  table.AddRow({"123456789012345", "123456789012345"});
  EXPECT_NE(table.Render(Plain(20)).find("123456789012345  123456789012345"), std::string::npos);
}

TEST(Csv, QuotesByRfc4180) {
  EXPECT_EQ(CsvLine({"a", "b,c", "say \"x\"", "two\nlines", ""}), "a,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",\n");
}

TEST(Csv, DisarmsFormulasButNotNumbers) {
  EXPECT_EQ(CsvLine({"=1+1", "-0.5", "+2", "@x", "-x", "1e-3"}), "'=1+1,-0.5,+2,'@x,'-x,1e-3\n");
}

}  // namespace
}  // namespace winnow::cli
