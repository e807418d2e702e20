// How well a net does on images it was not trained on.
#ifndef WORKER_TRAINING_EVALUATION_H_
#define WORKER_TRAINING_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "worker/data/batch_assembler.h"
#include "worker/data/image_set.h"
#include "worker/nn/net.h"

namespace winnow::worker {

struct EvaluationFigures {
  int64_t images = 0;
  int64_t correct = 0;
  double loss = 0;          // mean cross-entropy over the images
  std::vector<bool> right;  // of each image, in file order: whether it was classified rightly

  double accuracy() const { return images > 0 ? static_cast<double>(correct) / static_cast<double>(images) : 0; }
};

// From a batch of images to its logits.
using Classifier = std::function<torch::Tensor(const torch::Tensor& images)>;

// All images of the set in file order, not augmented, in evaluation mode and without gradients. `go_on` is asked
// between batches with the number of images done; nothing is returned once it says false.
// Repeats bit for bit with the same threads and libraries.
std::optional<EvaluationFigures> Evaluate(const Classifier& classifier, const ImageSet& images,
                                          const BatchAssembler& assembler,
                                          const std::function<bool(int64_t images_done)>& go_on);
std::optional<EvaluationFigures> Evaluate(Net& net, const ImageSet& images, const BatchAssembler& assembler,
                                          const std::function<bool(int64_t images_done)>& go_on);

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_EVALUATION_H_
