// A coordinator's figures as Prometheus reads them (text exposition format 0.0.4).
#ifndef SERVER_HTTP_METRICS_TEXT_H_
#define SERVER_HTTP_METRICS_TEXT_H_

#include <string>

#include "server/coordinator/coordinator.h"

namespace winnow::server {

// Pure. `is_writable`: of the store.
std::string MetricsText(const Coordinator::Figures& figures, bool is_writable);

}  // namespace winnow::server

#endif  // SERVER_HTTP_METRICS_TEXT_H_
