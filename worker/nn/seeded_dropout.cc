#include "worker/nn/seeded_dropout.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "base/counter_random.h"

namespace winnow::worker {
namespace {

constexpr int64_t kLeastDraws = 4096;  // that are worth a thread

}  // namespace

SeededDropoutImpl::SeededDropoutImpl(double probability, uint32_t place) : probability_(probability), place_(place) {}

void SeededDropoutImpl::SetStep(uint64_t seed, uint64_t step) {
  seed_ = seed;
  step_ = step;
}

torch::Tensor SeededDropoutImpl::forward(const torch::Tensor& input) {
  if (!is_training() || probability_ <= 0.0) return input;
  torch::Tensor mask = torch::empty(input.sizes(), torch::kFloat32);
  auto* values = mask.data_ptr<float>();
  const int64_t count = mask.numel();
  const auto drop_below = static_cast<uint64_t>(std::llround(probability_ * 0x1.0p32));
  const auto kept = static_cast<float>(1.0 / (1.0 - probability_));
  at::parallel_for(0, (count + 3) / 4, kLeastDraws, [&](int64_t begin, int64_t end) {
    for (int64_t draw = begin; draw < end; ++draw) {
      const RandomWords words = RandomAt(seed_, RandomStream::kDropout, static_cast<uint32_t>(step_),
                                         uint64_t{place_} << 40 | static_cast<uint64_t>(draw));
      for (int64_t i = 4 * draw; i < std::min(count, 4 * draw + 4); ++i) {
        values[i] = words[static_cast<size_t>(i % 4)] < drop_below ? 0.0f : kept;
      }
    }
  });
  return input * mask.to(input.options());
}

}  // namespace winnow::worker
