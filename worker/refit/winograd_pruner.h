// Pruning of a net in the Winograd domain by whatever combination of options a spec asks for (docs/methods.md).
#ifndef WORKER_REFIT_WINOGRAD_PRUNER_H_
#define WORKER_REFIT_WINOGRAD_PRUNER_H_

#include <torch/torch.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spec/winograd_method.h"
#include "worker/nn/net.h"
#include "worker/refit/image_sample.h"

namespace winnow::worker {

// A layer to prune. Its convolution is in the Winograd domain already.
struct PruneTarget {
  ConvUnit* unit = nullptr;
  double rate = 0.0;        // [0, 1)
  bool fixed_rate = false;  // whatever the allocation
  // What counts where an allocation shares the rates out: `rate`, though the layer have more zeros than that, and not
  // its zeros, which would add up to more than was asked for. Zeros stay zeros all the same.
  bool exact_rate = false;
  double base_score = 0.0;  // of the allocation kSensitivity, from an earlier call; 0: it is looked for
};

struct PrunedLayer {
  std::string name;
  double target = 0.0;  // what the allocation gave it
  double reached = 0.0;
  double base_score = 0.0;  // kSensitivity: below it lie the coefficients that cost too much accuracy together
  double fall_rate = 0.0;   // kSensitivity: the rate at which that is so; both 0 where the layer was not scanned
  torch::Tensor kept;       // U8, of the shape of the kernel, on the CPU
};

// Whether the method looks at images: then PruneNet() needs a sample.
bool NeedsImages(const spec::WinogradMethod& method);

// Prunes every target at once and moves the survivors as the method says. Zeros stay zeros. Of the method everything
// counts but what concerns the retraining. `go_on` is asked between layers; nothing is returned, and the net is half
// done, once it says no.
//
// Throws c10::Error, naming the layer, where its weights or what it sees of the images is not finite.
// Repeats bit for bit on the CPU with the same threads and libraries.
std::optional<std::vector<PrunedLayer>> PruneNet(Net& net, const std::vector<PruneTarget>& targets, int tile_size,
                                                 const spec::WinogradMethod& method, const ImageSample* sample,
                                                 const std::function<bool()>& go_on);

// m^2 M_SS^-1 for each kernel, M the Hessian under white inputs and S what `kept` [O, C, m+2, m+2] keeps: float32
// [O, C, a^2, a^2]. Gradients multiplied with it train a Winograd layer as well conditioned as a spatial one, whose
// Hessian is m^2 (science/spatial_winograd_pruning.md sections 3.3 and 8.3).
//
// `with_pruned`: gradients of pruned coefficients are multiplied with m^2 / M_kk, what each alone would be.
torch::Tensor KernelPreconditioner(const torch::Tensor& kept, int tile_size, bool with_pruned = false);

}  // namespace winnow::worker

#endif  // WORKER_REFIT_WINOGRAD_PRUNER_H_
