#include <map>
#include <memory>

#include "client/cli/chart_file.h"
#include "client/cli/chart_terminal.h"
#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"
#include "client/cli/run_report.h"
#include "client/cli/session.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

struct ParetoOptions {
  ConnectionOptions connection;
  std::string sweep, x = "multiplications_left";
  std::vector<std::string> outputs;
  double budget = 1;
};

const std::map<std::string, CostAxis> kAxes = {{"multiplications_left", CostAxis::kMultiplicationsLeft},
                                               {"speedup", CostAxis::kSpeedup},
                                               {"winograd_sparsity", CostAxis::kWinogradSparsity}};

Result<ExitCode> RunPareto(const ParetoOptions& options, const CommandContext& context) {
  for (const std::string& output : options.outputs) WINNOW_RETURN_ERR_IF_ERROR(StatusOf(ChartFormatOf(output)));
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.sweep));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, session->coordinator().GetSweep(name));
  WINNOW_ASSIGN_OR_RETURN(const SweepResults results, session->coordinator().ListResults(name));
  const auto spec = spec::ParseSweepSpec(sweep.spec_json());
  ParetoChart chart = MakeChart(results, kAxes.at(options.x), ShownName(name) + ": accuracy against " + options.x,
                                spec ? SpecLine(*spec) : "");
  chart.accuracy_budget = options.budget;
  if (chart.points.empty()) {
    return Err(NotFound("no trial of " + ShownName(name) + " has both an accuracy and " + options.x +
                        " yet; `winnow status " + ShownName(name) + "` shows how far it is"));
  }
  if (options.outputs.empty()) {
    const Terminal terminal = context.out_terminal();
    *context.out << DrawChart(chart, terminal, terminal.is_terminal ? terminal.rows - 2 : 22);
  }
  for (const std::string& output : options.outputs) {
    WINNOW_RETURN_ERR_IF_ERROR(SaveChart(chart, output));
    context.Note("wrote " + output);
  }
  return kExitOk;
}

}  // namespace

void AddPareto(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("pareto", "Draw a sweep's Pareto front, here or into a picture");
  const auto options = std::make_shared<ParetoOptions>();
  command->add_option("SWEEP", options->sweep, "Name of the sweep")->type_name("")->required();
  command->add_option("--x", options->x, "What accuracy is held against (default: multiplications_left)")
      ->check(CLI::IsMember(kAxes).description(""))
      ->type_name("")
      ->option_text("multiplications_left|speedup|winograd_sparsity");
  command->add_option("--output,-o", options->outputs, "Write a picture, .svg or .png, instead (may be repeated)")
      ->type_name("FILE");
  command
      ->add_option("--budget", options->budget, "Points of accuracy one is ready to lose, drawn as a line (default: 1)")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->type_name("POINTS");
  AddConnectionOptions(*command, options->connection);
  SetExample(
      *command,
      "  winnow pareto fashion-mnist\n  winnow pareto fashion-mnist --x speedup --output front.svg -o front.png\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunPareto(*options, context); }; });
}

}  // namespace winnow::cli
