#include "server/coordinator/accuracy_difference.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace winnow::server {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // of 0.975

// P(X <= k), X binomial of n fair coins; 0 <= k <= n. By logarithms: n may be thousands.
double FairCoinsUpTo(int64_t k, int64_t n) {
  const double all = static_cast<double>(n);
  double sum = 0.0;
  for (int64_t i = 0; i <= k; ++i) {
    const double heads = static_cast<double>(i);
    sum += std::exp(std::lgamma(all + 1) - std::lgamma(heads + 1) - std::lgamma(all - heads + 1) - all * std::log(2.0));
  }
  return sum;
}

std::optional<unsigned> DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

AccuracyDifference PairedDifference(int64_t images, int64_t lost, int64_t gained) {
  AccuracyDifference result{.images = images, .lost = lost, .gained = gained};
  const auto n = static_cast<double>(images);
  const auto b = static_cast<double>(lost);
  const auto c = static_cast<double>(gained);
  result.difference = (c - b) / n;
  const double centre = (c - b) / (n + 2);
  const double variance = ((b + c + 1) - (c - b) * (c - b) / (n + 2)) / ((n + 2) * (n + 2));
  const double half = kNormalQuantile * std::sqrt(variance);
  result.low = std::max(centre - half, -1.0);
  result.high = std::min(centre + half, 1.0);
  result.p = std::min(1.0, 2 * FairCoinsUpTo(std::min(lost, gained), lost + gained));
  return result;
}

std::optional<AccuracyDifference> CompareAnswers(std::string_view first, std::string_view second, int64_t images) {
  const auto digits = static_cast<size_t>((images + 3) / 4);
  if (images < 1 || first.size() != digits || second.size() != digits) return std::nullopt;
  int64_t lost = 0;
  int64_t gained = 0;
  for (size_t i = 0; i < digits; ++i) {
    const std::optional<unsigned> one = DigitOf(first[i]);
    const std::optional<unsigned> other = DigitOf(second[i]);
    if (!one || !other) return std::nullopt;
    lost += std::popcount(*one & ~*other);
    gained += std::popcount(*other & ~*one);
  }
  if (lost + gained > images) return std::nullopt;
  return PairedDifference(images, lost, gained);
}

}  // namespace winnow::server
