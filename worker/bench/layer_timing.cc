#include "worker/bench/layer_timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace winnow::worker {
namespace {

constexpr double kSampleMs = 0.2;
constexpr int kMaxRepeats = 1000;
constexpr int kProfileRuns = 9;

double TimedMs(Contender& contender, int repeats) {
  contender.Run();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i) contender.Run();
  const auto end = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::milli>(end - begin).count() / repeats;
}

// The first run pays for page faults and code generation, so the second counts.
int RepeatsFor(Contender& contender) {
  const double once = TimedMs(contender, 1);
  return once <= 0 ? kMaxRepeats : std::clamp(static_cast<int>(kSampleMs / once), 1, kMaxRepeats);
}

double MedianRatio(const std::vector<double>& peer, const std::vector<double>& ours) {
  std::vector<double> ratios(peer.size());
  std::transform(peer.begin(), peer.end(), ours.begin(), ratios.begin(), std::divides<>());
  return Summarise(ratios).median;
}

// Each phase by itself, so that an interruption spoils one sample of one phase.
kernels::PhaseTimes MedianPhases(OurContender& ours, int rounds) {
  std::vector<double> input, multiply, output;
  for (int round = 0; round < std::min(rounds, kProfileRuns); ++round) {
    const kernels::PhaseTimes times = ours.Profile();
    input.push_back(static_cast<double>(times.input_transform_ns));
    multiply.push_back(static_cast<double>(times.multiply_ns));
    output.push_back(static_cast<double>(times.output_transform_ns));
  }
  return {std::llround(Summarise(input).median), std::llround(Summarise(multiply).median),
          std::llround(Summarise(output).median)};
}

}  // namespace

PeerTiming TimingOf(const Contender& peer, const std::vector<double>& samples, const std::vector<double>& ours) {
  return {Summarise(samples), samples, peer.implementation(), MedianRatio(samples, ours)};
}

std::vector<std::vector<double>> TimeInTurn(std::span<Contender* const> contenders, int rounds) {
  std::vector<int> repeats;
  for (Contender* contender : contenders) repeats.push_back(RepeatsFor(*contender));
  std::vector<std::vector<double>> ms(contenders.size());
  for (size_t round = 0; round < static_cast<size_t>(rounds); ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const size_t turn = (round + i) % contenders.size();
      ms[turn].push_back(TimedMs(*contenders[turn], repeats[turn]));
    }
  }
  return ms;
}

Result<LayerTiming> TimeLayer(const ConvProblem& problem, std::span<const std::string> peers, int rounds,
                              PinnedThreads* threads, kernels::ScratchBuffer* scratch) {
  LayerTiming timing;
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<OurContender> ours, OurContender::Make(problem, threads, scratch));
  ours->Run();
  timing.kernel = ours->implementation();
  timing.nonzeros = ours->plan().Nonzeros();
  timing.max_relative_error = MaxRelativeError(problem, ours->Output());
  if (!(timing.max_relative_error <= kWrongResult)) {
    return Err(Internal("our " + timing.kernel + " kernel is wrong by " + std::to_string(timing.max_relative_error) +
                        " of the largest output on " + problem.shape.ToString() + "; it was not timed"));
  }
  ProbeContender probe(threads);
  std::vector<Contender*> contenders = {ours.get(), &probe};
  std::vector<std::unique_ptr<Contender>> owned;
  std::vector<std::string> names;
  for (const std::string& name : peers) {
    Result<std::unique_ptr<Contender>> peer = MakePeer(name, problem);
    if (!peer && peer.error().code() == StatusCode::kUnimplemented) {
      timing.peers[name] = std::nullopt;
      continue;
    }
    if (!peer) return Err(peer.error());
    contenders.push_back(peer->get());
    owned.push_back(*std::move(peer));
    names.push_back(name);
  }
  const std::vector<std::vector<double>> ms = TimeInTurn(contenders, rounds);
  timing.ours_ms = Summarise(ms[0]);
  timing.samples = ms[0];
  timing.peak_gflops = probe.FlopsOfARun() / Summarise(ms[1]).min * 1e-6;
  timing.phases = MedianPhases(*ours, rounds);
  for (size_t i = 0; i < names.size(); ++i) {
    timing.peers[names[i]] = TimingOf(*owned[i], ms[i + 2], ms[0]);
  }
  return timing;
}

}  // namespace winnow::worker
