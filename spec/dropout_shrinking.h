// What becomes of dropout once the layer behind it is pruned.
#ifndef SPEC_DROPOUT_SHRINKING_H_
#define SPEC_DROPOUT_SHRINKING_H_

#include <string_view>

namespace winnow::spec {

// With p the network's probability and s the rate of the pruned layer behind the dropout: p as it is; p (1 - s)^0.75;
// or p sqrt(0.7 (1 - s)). The last two are what Yu et al.'s scripts do to ConvPool-CNN-C, as the paper was written and
// later.
enum class DropoutShrinking { kNone, kPower, kRoot };
std::string_view DropoutShrinkingText(DropoutShrinking shrinking);  // "none", "power", "root"

}  // namespace winnow::spec

#endif  // SPEC_DROPOUT_SHRINKING_H_
