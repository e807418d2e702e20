// The machine an agent runs on.
#ifndef WORKER_AGENT_MACHINE_H_
#define WORKER_AGENT_MACHINE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace winnow::worker {

// The same for every worker on one machine until it boots again, and for no other machine: a hash of machine-id and
// boot-id. Where neither can be read (a bare chroot) it falls back on the host name.
std::string HostId();

// Processors this process may run on, at least 1: the affinity mask, not the machine's count.
int UsableCores();

// Memory this process may use in bytes: the machine's, or its control group's limit where that is less.
int64_t UsableMemoryBytes();

// The machine's name made into a worker's: [a-z0-9-], beginning with a letter, at most 63.
std::string DefaultWorkerName();
std::string WorkerNameFrom(std::string_view text);

// Whether `name` may be a worker's: [a-z0-9-], 1 to 63.
bool IsWorkerName(std::string_view name);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_MACHINE_H_
