// winnow_store_traffic FOLDER   writes stage after stage into the store there, goes on where an earlier run ended, and
// prints the number of each as soon as it is durable. For tests that kill it.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "base/durable_file.h"
#include "server/store/sqlite_store.h"
#include "tests/support/store_samples.h"

namespace winnow::server {
namespace {

// As many as gather while a commit is on its way.
constexpr int kOnTheirWay = 16;

Status WriteNext(StoreWriter& writer, int number) {
  WINNOW_RETURN_IF_ERROR(writer.CreateStage(testing::SampleStage(number)));
  return writer.PlaceStage(testing::SampleKey(number), {.sweep = "traffic", .position = number});
}

class Traffic {
 public:
  Traffic(Store* store, int next) : store_(store), next_(next) {}

  // Keeps itself going from its own callbacks; ends by an error.
  void Submit() {
    const int number = next_++;
    store_->Submit([number](StoreWriter& writer) { return WriteNext(writer, number); },
                   [this, number](const Status& status) {
                     if (!status.ok()) {
                       std::fprintf(stderr, "stage %d: %s\n", number, status.ToString().c_str());
                       ::_exit(1);
                     }
                     // One write a line: a kill leaves whole lines.
                     if (!WriteAll(STDOUT_FILENO, std::to_string(number) + "\n", "stdout").ok()) ::_exit(0);
                     Submit();
                   });
  }

 private:
  Store* const store_;
  std::atomic<int> next_;
};

int Main(const char* folder) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.checkpoint_pages = 50;  // kills hit checkpoints too
  Result<std::unique_ptr<Store>> store = SqliteStore::Open(options, SystemClock());
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().ToString().c_str());
    return 1;
  }
  int next = 0;
  const Status status = SubmitAndWait(**store, [&](StoreWriter& writer) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Sweep> sweep, writer.FindSweep("traffic"));
    if (!sweep) return writer.CreateSweep(testing::SampleSweep("traffic"), "{}");
    next = sweep->stage_counts.total();
    return OkStatus();
  });
  if (!status.ok()) return 1;
  Traffic traffic(store->get(), next);
  for (int i = 0; i < kOnTheirWay; ++i) traffic.Submit();
  while (true) ::pause();
}

}  // namespace
}  // namespace winnow::server

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  return winnow::server::Main(argv[1]);
}
