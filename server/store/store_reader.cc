#include "server/store/store_reader.h"

#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

template <typename T>
Result<T> Required(Result<std::optional<T>> found, const std::string& name) {
  if (!found) return Err(std::move(found).error());
  if (!*found) return Err(NotFound(name + " is not there"));
  return **std::move(found);
}

}  // namespace

Result<Sweep> StoreReader::GetSweep(const std::string& id) const { return Required(FindSweep(id), SweepName(id)); }

Result<Trial> StoreReader::GetTrial(const std::string& sweep, const std::string& id) const {
  return Required(FindTrial(sweep, id), TrialNameOf(sweep, id));
}

Result<Stage> StoreReader::GetStage(const std::string& key) const { return Required(FindStage(key), StageName(key)); }

Result<WorkerRecord> StoreReader::GetWorker(const std::string& id) const {
  return Required(FindWorker(id), WorkerName(id));
}

}  // namespace winnow::server
