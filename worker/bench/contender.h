// One implementation of a layer, ready to be timed.
#ifndef WORKER_BENCH_CONTENDER_H_
#define WORKER_BENCH_CONTENDER_H_

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "worker/bench/conv_problem.h"
#include "worker/bench/pinned_threads.h"

namespace winnow::kernels {
class KernelTuner;
}  // namespace winnow::kernels

namespace winnow::worker {

// Ownership  holds its own copies of weights and activations, in its own layout; may borrow threads and scratch.
// Threads    Run() by the thread that made it, which is pinned.
class Contender {
 public:
  virtual ~Contender() = default;

  // Computes the layer once, from and to memory that stays warm. Conversions of layout are not part of it.
  virtual void Run() = 0;
  // What computes: "sparse avx512", or the implementation a library chose, with the layouts it reads and writes.
  virtual std::string implementation() const = 0;
};

// Our kernels, in the layout that kernels/ chooses and with its plan, or a tuned one.
class OurContender : public Contender {
 public:
  // Errors of MakeConvPlan. `scratch` grows as needed and may serve every layer that is timed in turn. With a `tuner`
  // the plan is the one that it makes.
  static Result<std::unique_ptr<OurContender>> Make(const ConvProblem& problem, PinnedThreads* threads,
                                                    kernels::ScratchBuffer* scratch,
                                                    kernels::KernelTuner* tuner = nullptr);
  ~OurContender() override;

  void Run() override;
  std::string implementation() const override;
  std::vector<float> Output() const;  // of the last run, in NCHW

  // One run with its phases apart, summed over the threads.
  kernels::PhaseTimes Profile();
  const kernels::ConvPlan& plan() const;
  bool tuned() const;

 private:
  struct State;
  explicit OurContender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Multiply-adds on registers alone, on every thread: the peak that a timing is a share of.
class ProbeContender : public Contender {
 public:
  explicit ProbeContender(PinnedThreads* threads) : threads_(threads) {}

  void Run() override;
  std::string implementation() const override;
  double FlopsOfARun() const { return flops_; }  // of all threads together; known after the first Run()

 private:
  PinnedThreads* threads_;
  double flops_ = 0;
};

// "onednn-direct", "onednn-winograd": memory format any, so in the layouts that oneDNN likes best. "torch": LibTorch's
// conv2d on NCHW tensors.
//
// kUnimplemented    the library has no such algorithm for this shape, or this build has no oneDNN
// kInvalidArgument  no peer of that name
Result<std::unique_ptr<Contender>> MakePeer(const std::string& name, const ConvProblem& problem);

// Parts of MakePeer.
Result<std::unique_ptr<Contender>> MakeOnednnPeer(bool winograd, const ConvProblem& problem);
Result<std::unique_ptr<Contender>> MakeTorchPeer(const ConvProblem& problem);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_CONTENDER_H_
