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

void Peers::AppendTo(std::vector<Contender*>& all) const {
  for (const auto& contender : contenders) all.push_back(contender.get());
}

std::map<std::string, std::optional<PeerTiming>> Peers::Timings(std::span<const std::vector<double>> samples,
                                                                const std::vector<double>& ours) const {
  std::map<std::string, std::optional<PeerTiming>> timings;
  for (size_t i = 0; i < names.size(); ++i) {
    timings[names[i]] =
        PeerTiming{Summarise(samples[i]), samples[i], contenders[i]->implementation(), MedianRatio(samples[i], ours)};
  }
  for (const std::string& name : absent) timings[name] = std::nullopt;
  return timings;
}

Result<Peers> MakePeers(std::span<const std::string> names, const MakeContender& make) {
  Peers peers;
  for (const std::string& name : names) {
    Result<std::unique_ptr<Contender>> peer = make(name);
    if (peer) {
      peers.names.push_back(name);
      peers.contenders.push_back(*std::move(peer));
    } else if (peer.error().code() == StatusCode::kUnimplemented) {
      peers.absent.push_back(name);
    } else {
      return Err(peer.error());
    }
  }
  return peers;
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
                              PinnedThreads* threads, kernels::ScratchBuffer* scratch, kernels::KernelTuner* tuner) {
  LayerTiming timing;
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<OurContender> ours,
                          OurContender::Make(problem, threads, scratch, tuner));
  ours->Run();
  timing.kernel = ours->implementation();
  timing.tuned = ours->tuned();
  timing.vectors = ours->plan().vectors();
  timing.channel_block = ours->plan().channel_block();
  timing.nonzeros = ours->plan().Nonzeros();
  timing.max_relative_error = MaxRelativeError(problem, ours->Output());
  if (!(timing.max_relative_error <= kWrongResult)) {
    return Err(Internal("our " + timing.kernel + " kernel is wrong by " + std::to_string(timing.max_relative_error) +
                        " of the largest output on " + problem.shape.ToString() + "; it was not timed"));
  }
  ProbeContender probe(threads);
  std::vector<Contender*> contenders = {ours.get(), &probe};
  WINNOW_ASSIGN_OR_RETURN(const Peers others,
                          MakePeers(peers, [&](const std::string& name) { return MakePeer(name, problem); }));
  others.AppendTo(contenders);
  const std::vector<std::vector<double>> ms = TimeInTurn(contenders, rounds);
  timing.ours_ms = Summarise(ms[0]);
  timing.samples = ms[0];
  timing.peak_gflops = probe.FlopsOfARun() / Summarise(ms[1]).min * 1e-6;
  timing.phases = MedianPhases(*ours, rounds);
  timing.peers = others.Timings(std::span(ms).subspan(2), ms[0]);
  return timing;
}

}  // namespace winnow::worker
