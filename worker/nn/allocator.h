// Settings of the C library's allocator for programs that run nets.
#ifndef WORKER_NN_ALLOCATOR_H_
#define WORKER_NN_ALLOCATOR_H_

namespace winnow::worker {

// Keeps freed memory in the process. By default glibc maps and unmaps every large tensor, and the page faults make a
// training step several times slower. Call first thing in main(). Does nothing where the C library is not glibc.
void KeepFreedMemory();

}  // namespace winnow::worker

#endif  // WORKER_NN_ALLOCATOR_H_
