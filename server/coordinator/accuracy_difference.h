// How sure one may be that two nets differ in accuracy, from what each did with the same images.
#ifndef SERVER_COORDINATOR_ACCURACY_DIFFERENCE_H_
#define SERVER_COORDINATOR_ACCURACY_DIFFERENCE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace winnow::server {

// Of images that both nets saw, fractions of 1; positive where the second is better.
struct AccuracyDifference {
  int64_t images = 0;
  int64_t lost = 0;         // only the first net was right
  int64_t gained = 0;       // only the second
  double difference = 0.0;  // (gained - lost) / images
  // The 95 % interval of Agresti and Min (2005) for paired proportions: Wald's with 1/2 added to each of the four
  // counts.
  double low = 0.0;
  double high = 0.0;
  // Two-sided exact McNemar test: how likely a split of lost and gained this uneven or more is if neither is better.
  double p = 1.0;

  friend bool operator==(const AccuracyDifference&, const AccuracyDifference&) = default;
};

// Of the counts: lost, gained >= 0, lost + gained <= images, images >= 1.
AccuracyDifference PairedDifference(int64_t images, int64_t lost, int64_t gained);

// `first`, `second`: the member "right" of two evaluate results (docs/formats.md section 5). None unless both have
// `images` images and no other digits than hexadecimal ones.
std::optional<AccuracyDifference> CompareAnswers(std::string_view first, std::string_view second, int64_t images);

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_ACCURACY_DIFFERENCE_H_
