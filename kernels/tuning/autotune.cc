#include "kernels/tuning/autotune.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "kernels/layout/aligned_floats.h"
#include "kernels/plan/scratch_buffer.h"
#include "kernels/tuning/fastest.h"

namespace winnow::kernels {
namespace {

constexpr double kSampleMs = 0.2;
constexpr int kMaxRepeats = 1000;

struct Candidate {
  KernelChoice choice;
  ConvPlan plan;
};

// What the candidates run on in turn. Times do not depend on the numbers, which stay far from overflow.
class TrialRuns {
 public:
  explicit TrialRuns(const ConvPlan& plan) : input_(plan.InputElements()), output_(plan.OutputElements()) {
    Fill(input_);
    if (plan.residual()) {
      residual_ = AlignedFloats(plan.OutputElements());
      Fill(residual_);
    }
  }

  void Run(const ConvPlan& plan, ParallelFor parallel_for) {
    scratch_.Reserve(plan.ScratchBytes());
    if (plan.residual()) {
      RunWithResidual(plan, input_.span(), residual_.span(), output_.span(), scratch_.bytes(), parallel_for);
    } else {
      kernels::Run(plan, input_.span(), output_.span(), scratch_.bytes(), parallel_for);
    }
  }

 private:
  static void Fill(AlignedFloats& tensor) {
    int64_t i = 0;
    for (float& x : tensor.span()) x = 0.125f * static_cast<float>(i++ % 17 - 8);
  }

  AlignedFloats input_, output_, residual_;
  ScratchBuffer scratch_;
};

// Makes the plans of the candidates behind the model's, at most `most` of them while there is time.
void AddOthers(const ConvPlanOptions& options, std::span<const float> q, std::span<const float> bias,
               std::span<const KernelChoice> others, size_t most, FunctionRef<bool()> out_of_time,
               std::vector<Candidate>& candidates) {
  for (const KernelChoice& choice : others) {
    if (candidates.size() > most || out_of_time()) return;
    Result<ConvPlan> plan = MakeConvPlan(WithChoice(options, choice), q, bias);
    if (plan) candidates.push_back({choice, *std::move(plan)});
  }
}

Status CheckLimits(const AutotuneLimits& limits) {
  if (!(limits.budget_ms > 0)) {
    return InvalidArgument("autotune: the budget is " + std::to_string(limits.budget_ms) + " ms; give more than 0");
  }
  if (limits.rounds < static_cast<int>(kLeastRounds)) {
    return InvalidArgument("autotune: " + std::to_string(limits.rounds) + " rounds; use at least " +
                           std::to_string(kLeastRounds));
  }
  return OkStatus();
}

}  // namespace

double SteadyTuningTimer::NowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double SteadyTuningTimer::SampleMs(const ConvPlan&, FunctionRef<void()> run) {
  run();
  const double begin = NowMs();
  run();
  const double once = NowMs() - begin;
  const int more = once <= 0 ? kMaxRepeats : std::min(static_cast<int>(kSampleMs / once), kMaxRepeats);
  for (int i = 0; i < more; ++i) run();
  return (NowMs() - begin) / (1 + more);
}

Result<TunedChoice> Autotune(const ConvPlanOptions& options, std::span<const float> q, std::span<const float> bias,
                             ParallelFor parallel_for, const AutotuneLimits& limits, TuningTimer& timer) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckLimits(limits));
  const double begin_ms = timer.NowMs();
  const auto out_of_time = [&] { return timer.NowMs() - begin_ms >= limits.budget_ms; };
  WINNOW_ASSIGN_OR_RETURN(const ConvPlan model, MakeConvPlan(options, q, bias));
  const double made_ms = timer.NowMs();
  TrialRuns runs(model);
  const auto sample = [&](const ConvPlan& plan) { return timer.SampleMs(plan, [&] { runs.Run(plan, parallel_for); }); };
  sample(model);  // touches memory for the first time, so it tells no more than what a candidate costs at most
  const double warm_ms = timer.NowMs();
  const double cost_ms = made_ms - begin_ms + static_cast<double>(kLeastRounds) * (warm_ms - made_ms);
  const double affordable = (limits.budget_ms - (warm_ms - begin_ms)) / std::max(cost_ms, 1e-6);

  const std::vector<KernelChoice> choices = KernelCandidates(options, model.isa(), model.Density());
  std::vector<Candidate> candidates = {{choices.front(), model}};
  // The model takes one of the places.
  AddOthers(options, q, bias, std::span(choices).subspan(1), static_cast<size_t>(std::clamp(affordable - 1, 0.0, 1e6)),
            out_of_time, candidates);
  std::vector<Samples> samples(candidates.size());
  for (int round = 0; round < limits.rounds; ++round) {
    const std::vector<size_t> left = StillInTheRace(samples);
    for (size_t i = 0; i < left.size() && !out_of_time(); ++i) {
      const size_t turn = left[(i + static_cast<size_t>(round)) % left.size()];
      samples[turn].push_back(sample(candidates[turn].plan));
    }
  }
  const size_t fastest = FastestOf(samples);
  const bool compared = candidates.size() > 1 || choices.size() == 1;
  return TunedChoice{candidates[fastest].choice, compared && samples[fastest].size() >= kLeastRounds,
                     static_cast<int>(candidates.size()), MedianOf(samples.front()), MedianOf(samples[fastest])};
}

}  // namespace winnow::kernels
