// A ParetoChart drawn with characters.
#ifndef CLIENT_CLI_CHART_TERMINAL_H_
#define CLIENT_CLI_CHART_TERMINAL_H_

#include <string>

#include "client/cli/pareto_chart.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

// Lines ended by "\n", at most `terminal.columns` (and 100) wide and `rows` high (8 at least), legend included. Lines
// of braille dots where the terminal shows Unicode, else of ASCII. Without points one line says so.
std::string DrawChart(const ParetoChart& chart, const Terminal& terminal, int rows);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_CHART_TERMINAL_H_
