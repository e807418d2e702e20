// The coordinator a command talks to: a remote one (--server) or the one of a local data folder.
#ifndef CLIENT_CLI_SESSION_H_
#define CLIENT_CLI_SESSION_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "client/cli/command_context.h"
#include "client/cli/local_cluster.h"

namespace winnow::cli {

// As given on the command line.
struct ConnectionOptions {
  std::string server;  // empty: local
  std::string data;
  client::TlsFiles tls;
};

// Adds --server, --data and the TLS options to `command`, writing into `options`.
void AddConnectionOptions(CLI::App& command, ConnectionOptions& options);

// Threads    one at a time, except Interrupt() and Kill().
class Session {
 public:
  // Takes away the interrupts' handler, which may hold on to it.
  ~Session();

  static Result<std::unique_ptr<Session>> Open(const ConnectionOptions& options, const CommandContext& context);

  // Leaves the coordinator and stops what was started locally, in good order. Nothing of the session is used after it.
  void End();

  Coordinator& coordinator() { return *coordinator_; }
  // Null for a remote coordinator.
  LocalCluster* local() { return local_.get(); }
  // For messages: the server's address, or the data folder.
  const std::string& place() const { return place_; }

  // Ends the coordinator's waiting calls, also those of one that Restore() has yet to join.
  void Interrupt();
  // Kills what was started locally.
  void Kill();

  // After a waiting call has failed with kUnavailable: joins or starts the local coordinator anew, or tries whether the
  // remote one answers again. The error where that fails too.
  Status Restore(const Status& error);

  // kUnavailable where nobody can work for the coordinator: this command has started it, without a worker, and ends it.
  Status CheckSomebodyWorks() const;

 private:
  explicit Session(Interrupts* interrupts) : interrupts_(interrupts) {}

  Interrupts* const interrupts_;
  std::unique_ptr<LocalCluster> local_;
  std::mutex mutex_;  // of the next two, for Interrupt()
  std::unique_ptr<Coordinator> coordinator_;
  bool interrupted_ = false;
  std::string place_;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_SESSION_H_
