// Tells the coordinator what a running attempt has to tell, on a thread of its own, so that an executor never waits for
// the network.
#ifndef WORKER_AGENT_REPORTER_H_
#define WORKER_AGENT_REPORTER_H_

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/pause.h"
#include "base/result.h"
#include "client/lib/connection.h"
#include "worker/agent/attempt_end.h"
#include "worker/agent/report_queue.h"

namespace winnow::worker {

// Resume points are uploaded before they are reported; of several that wait only the latest is. While the coordinator
// is away everything is kept and tried again.
//
// Threads    Add...() and the queries from any thread; Finish(), Flush() one at a time.
// Ownership  borrows connection and cancellation. The destructor ends the thread; cancel its calls before.
class Reporter {
 public:
  // `stop` hears that the lease is lost or to be cancelled.
  Reporter(client::Connection* connection, client::Cancellation* cancellation, std::string token,
           std::function<void(StopCause)> stop);
  ~Reporter();

  void Add(const MeasurementLine& measurement);
  void Add(const ProgressLine& progress);
  void AddLogLine(std::string_view line);
  void AddLog(std::string_view bytes);
  void AddResumePoint(const std::filesystem::path& file, int64_t epoch);

  // Ends the thread after what it is sending. Nothing is lost: the rest stays for Flush() and Rest().
  void Finish();
  // A stage that has succeeded needs no resume point: one that has not been sent yet is not sent any more.
  void DropResumePoint();
  // Sends what is there until what is left fits in one last message. After Finish().
  Status Flush();
  // That message.
  v1::ReportProgressRequest Rest() const;
  // The last resume point the coordinator has, or will have with Rest().
  std::optional<v1::ResumePoint> last_resume_point() const;
  std::string LastLines(int lines) const;

 private:
  struct ResumeFile {
    std::filesystem::path path;
    int64_t epoch;
  };

  void Loop();
  // When the loop has something to do next; a time that has passed: now.
  SteadyTime NextWork() const;
  // One batch, with the upload before it. An error ends the attempt's reports.
  Status Send();
  Status UploadResumePoint();

  client::Connection* const connection_;
  client::Cancellation* const cancellation_;
  const std::string token_;
  const std::function<void(StopCause)> stop_;
  Clock* const clock_;
  Pause pause_;

  mutable std::mutex mutex_;
  ReportQueue queue_;
  std::optional<ResumeFile> resume_file_;
  std::optional<v1::ResumePoint> last_resume_point_;
  std::thread thread_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_REPORTER_H_
