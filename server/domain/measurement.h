// A named value of a stage at a step. The same (name, step) again replaces it.
#ifndef SERVER_DOMAIN_MEASUREMENT_H_
#define SERVER_DOMAIN_MEASUREMENT_H_

#include <cstdint>
#include <string>

namespace winnow::server {

struct Measurement {
  std::string name;
  int64_t step = 0;  // epoch, from 1; 0 marks a final value
  double value = 0.0;

  friend bool operator==(const Measurement&, const Measurement&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_MEASUREMENT_H_
