#include "server/http/metrics_text.h"

#include <cstdint>

namespace winnow::server {
namespace {

void Add(std::string& text, const std::string& name, const std::string& type, const std::string& help, int64_t value) {
  text += "# HELP winnow_" + name + " " + help + "\n# TYPE winnow_" + name + " " + type + "\nwinnow_" + name + " " +
          std::to_string(value) + "\n";
}

}  // namespace

std::string MetricsText(const Coordinator::Figures& figures, bool is_writable) {
  const auto count = [](size_t number) { return static_cast<int64_t>(number); };
  std::string text;
  Add(text, "stages_ready", "gauge", "Stages that may run and wait for a worker.", count(figures.load.ready_stages));
  Add(text, "leases", "gauge", "Stages under a lease.", count(figures.leases));
  Add(text, "workers_alive", "gauge", "Workers heard of within the lease ttl.", count(figures.load.alive_workers));
  Add(text, "workers_waiting", "gauge", "Workers that wait for a stage.", count(figures.load.waiting_workers));
  Add(text, "watchers", "gauge", "Streams of WatchSweep.", count(figures.watchers));
  Add(text, "store_writable", "gauge", "1 while the store can be written to.", is_writable ? 1 : 0);
  Add(text, "store_transactions_total", "counter", "Transactions committed.", figures.store.transactions);
  Add(text, "store_transactions_failed_total", "counter", "Transactions rolled back or refused.", figures.store.failed);
  Add(text, "store_commits_total", "counter", "Commits, each one sync of the disk.", figures.store.commits);
  Add(text, "store_reads_total", "counter", "Reads.", figures.store.reads);
  return text;
}

}  // namespace winnow::server
