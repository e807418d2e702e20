// SIGTERM and SIGINT as a flag: "end at the next step".
#ifndef WORKER_STAGE_STOP_SIGNAL_H_
#define WORKER_STAGE_STOP_SIGNAL_H_

namespace winnow::worker {

// Makes SIGTERM and SIGINT set the flag instead of ending the process. Calls that wait are restarted (SA_RESTART).
void InstallStopSignal();

// Whether one of them has come. Threads: any.
bool StopSignalled();

}  // namespace winnow::worker

#endif  // WORKER_STAGE_STOP_SIGNAL_H_
