// winnowd as the load tests see it: a process of its own on a port of the loopback interface.
#ifndef TESTS_LOAD_COORDINATOR_PROCESS_H_
#define TESTS_LOAD_COORDINATOR_PROCESS_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/subprocess.h"

namespace winnow::load {

// Ownership  the process ends with the object.
class CoordinatorProcess {
 public:
  // On the data folder `data` (made where it is not there). Serves when it returns.
  static Result<std::unique_ptr<CoordinatorProcess>> Start(const std::filesystem::path& data);

  // "127.0.0.1:PORT".
  const std::string& address() const { return address_; }
  // The most memory it had in use at once, in bytes.
  int64_t PeakMemory() const;
  // Processor time it has used, in seconds.
  double ProcessorSeconds() const;

 private:
  CoordinatorProcess(Subprocess process, std::string address)
      : process_(std::move(process)), address_(std::move(address)) {}

  Subprocess process_;
  const std::string address_;
};

}  // namespace winnow::load

#endif  // TESTS_LOAD_COORDINATOR_PROCESS_H_
