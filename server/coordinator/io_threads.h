// A few threads for what waits for a disk: reading and writing artifacts and logs.
//
// gRPC's callback threads must not block, and there are as few as two of them.
#ifndef SERVER_COORDINATOR_IO_THREADS_H_
#define SERVER_COORDINATOR_IO_THREADS_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace winnow::server {

// Threads    safe for concurrent use. Work runs in the order it came, on any of the threads; what must stay in order
//            posts its next piece from the one before.
class IoThreads {
 public:
  explicit IoThreads(int count);
  ~IoThreads() { Stop(); }

  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  // After Stop the work is dropped.
  void Post(std::function<void()> work);

  // Runs what has been posted, then ends the threads. Not from one of them. Idempotent.
  void Stop();

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_IO_THREADS_H_
