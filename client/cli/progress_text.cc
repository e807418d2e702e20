#include "client/cli/progress_text.h"

#include <algorithm>
#include <cmath>

#include "client/cli/display_width.h"
#include "client/cli/number_text.h"
#include "client/cli/state_text.h"
#include "client/cli/sweep_view.h"

namespace winnow::cli {
namespace {

std::string DoneText(const v1::StageProgress& progress) {
  if (!(progress.total() > 0)) return "starting";
  const int digits = progress.total() < 100 && progress.done() != std::floor(progress.done()) ? 1 : 0;
  std::string text = Fixed(progress.done(), digits) + "/" + Fixed(progress.total(), 0) + " " + OneLine(progress.unit());
  if (!progress.note().empty()) text += "  " + OneLine(progress.note());
  return text;
}

std::string StageLine(const v1::Stage& stage, size_t label_width, double now, const Terminal& terminal) {
  const auto width = static_cast<size_t>(terminal.columns);
  const std::string seconds = DurationText(StageSeconds(stage, now));
  const v1::StageProgress& progress = stage.progress();
  const double share = progress.total() > 0 ? progress.done() / progress.total() : 0;
  std::string done = DoneText(progress);
  if (stage.state() == v1::STAGE_STATE_CANCELLING) done = "cancelling";
  if (stage.attempt() > 1) done += " (attempt " + std::to_string(stage.attempt()) + ")";

  std::string line = Pad(Fit(OneLine(stage.label()), label_width, terminal.unicode), label_width, Align::kLeft) + "  ";
  const size_t fixed = label_width + 2 + 2 + 2 + 12;
  const size_t bar_width = width > fixed + 30 ? std::min<size_t>(width - fixed - 28, 30) : 0;
  if (bar_width >= 8) line += terminal.Green(Bar(share, bar_width, terminal.unicode)) + "  ";
  return Fit(line + Pad(seconds, 8, Align::kRight) + "  " + done, width, terminal.unicode);
}

std::string CountsLine(const SweepProgress& progress, double seconds, const Terminal& terminal) {
  std::string line = std::to_string(progress.ended()) + " of " + Count(progress.total(), "stage") + " done";
  if (progress.found_ended() > 0) line += " (" + std::to_string(progress.found_ended()) + " reused)";
  if (progress.running() > 0) line += ", " + std::to_string(progress.running()) + " running";
  if (progress.waiting() > 0) line += ", " + std::to_string(progress.waiting()) + " waiting";
  const int failed = progress.sweep().stage_counts().failed();
  if (failed > 0) line += ", " + terminal.Red(std::to_string(failed) + " failed");
  return Fit(line + "  " + DurationText(seconds), static_cast<size_t>(terminal.columns), terminal.unicode);
}

}  // namespace

std::string Bar(double share, size_t width, bool unicode) {
  share = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  // In halves, so that slow progress is seen too.
  const auto halves = static_cast<size_t>(std::floor(share * static_cast<double>(width) * 2 + 1e-9));
  std::string bar;
  for (size_t i = 0; i < width; ++i) {
    if (2 * i + 2 <= halves) {
      bar += unicode ? "━" : "#";
    } else if (2 * i + 1 <= halves) {
      bar += unicode ? "╸" : "=";
    } else {
      bar += unicode ? " " : ".";
    }
  }
  return bar;
}

std::vector<std::string> ProgressLines(const SweepProgress& progress, double began, double now,
                                       const Terminal& terminal) {
  std::vector<std::string> lines;
  const std::vector<const v1::Stage*> running = progress.Running();
  size_t label_width = 0;
  for (const v1::Stage* stage : running) label_width = std::max(label_width, DisplayWidth(stage->label()));
  label_width = std::min(label_width, static_cast<size_t>(terminal.columns) / 2);
  const auto most = static_cast<size_t>(terminal.rows - 3);
  for (size_t i = 0; i < running.size() && i < most; ++i) {
    lines.push_back(StageLine(*running[i], label_width, now, terminal));
  }
  if (running.size() > most) lines.push_back("... and " + std::to_string(running.size() - most) + " more");
  lines.push_back(CountsLine(progress, now - began, terminal));
  return lines;
}

std::string EndedLine(const v1::Stage& stage, int ended, int total, const Terminal& terminal) {
  std::string line = "[" + Pad(std::to_string(ended), std::to_string(total).size(), Align::kRight) + "/" +
                     std::to_string(total) + "] " + OneLine(stage.label()) + " " +
                     Coloured(terminal, StateText(stage.state()));
  const double seconds = StageSeconds(stage, 0);
  if (seconds > 0) line += " in " + Fixed(seconds, 1) + " s";
  if (stage.attempt() > 1) line += ", attempt " + std::to_string(stage.attempt());
  if (!stage.reason().empty()) line += ": " + OneLine(stage.reason());
  return line;
}

}  // namespace winnow::cli
