#include "worker/training/evaluation.h"

#include <numeric>

#include "worker/data/batch_loader.h"

namespace winnow::worker {
namespace {

// Part of the numerics: the order of sums depends on it. Small enough that activations stay in the outer caches.
constexpr int64_t kBatchSize = 100;

}  // namespace

std::optional<EvaluationFigures> Evaluate(Net& net, const ImageSet& images, const BatchAssembler& assembler,
                                          const std::function<bool(int64_t images_done)>& go_on) {
  net.eval();
  const torch::Device device = net.device();
  if (!device.is_cpu()) net.SetArithmetic(spec::Arithmetic::kLibTorch);
  return Evaluate([&](const torch::Tensor& batch) { return net.forward(batch.to(device)).cpu(); }, images, assembler,
                  go_on);
}

std::optional<EvaluationFigures> Evaluate(const Classifier& classifier, const ImageSet& images,
                                          const BatchAssembler& assembler,
                                          const std::function<bool(int64_t images_done)>& go_on) {
  torch::InferenceMode inference;
  std::vector<uint32_t> order(static_cast<size_t>(images.count));
  std::iota(order.begin(), order.end(), 0);
  BatchLoaderOptions options;
  options.batch_size = kBatchSize;
  BatchLoader loader(assembler, images.labels, std::move(order), options);
  EvaluationFigures figures;
  double loss = 0;
  while (std::optional<Batch> batch = loader.Next()) {
    const torch::Tensor logits = classifier(batch->images);
    loss += torch::nn::functional::cross_entropy(
                logits, batch->labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
                .item<double>();
    const torch::Tensor right = logits.argmax(1).eq(batch->labels).contiguous();
    figures.correct += right.sum().item<int64_t>();
    figures.right.insert(figures.right.end(), right.data_ptr<bool>(), right.data_ptr<bool>() + right.numel());
    figures.images += batch->labels.size(0);
    if (!go_on(figures.images)) return std::nullopt;
  }
  if (figures.images > 0) figures.loss = loss / static_cast<double>(figures.images);
  return figures;
}

}  // namespace winnow::worker
