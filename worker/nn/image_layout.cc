#include "worker/nn/image_layout.h"

#include "kernels/layout/blocked_layout.h"

namespace winnow::worker {
namespace {

bool IsDifferentiated(const torch::Tensor& tensor) { return torch::GradMode::is_enabled() && tensor.requires_grad(); }

}  // namespace

torch::Tensor BlockedFrom(const torch::Tensor& images) {
  if (IsBlocked(images)) return images;
  if (IsDifferentiated(images)) {
    const int64_t blocks = images.size(0) / kernels::kImageBlock;
    TORCH_CHECK(blocks * kernels::kImageBlock == images.size(0), "a batch in training that does not fill its blocks");
    return images.reshape({blocks, kernels::kImageBlock, images.size(1), images.size(2), images.size(3)})
        .permute({0, 2, 3, 4, 1})
        .contiguous();
  }
  const torch::Tensor dense = images.contiguous();
  const kernels::ImageSizes sizes{dense.size(0), dense.size(1), dense.size(2) * dense.size(3)};
  torch::Tensor blocked = torch::empty(
      {sizes.Blocks(), dense.size(1), dense.size(2), dense.size(3), kernels::kImageBlock}, torch::kFloat32);
  kernels::NchwToBlocked(sizes, dense.data_ptr<float>(), blocked.data_ptr<float>());
  return blocked;
}

torch::Tensor NchwFrom(const torch::Tensor& images) {
  if (!IsBlocked(images)) return images;
  if (IsDifferentiated(images)) return images.permute({0, 4, 1, 2, 3}).flatten(0, 1);
  const torch::Tensor dense = images.contiguous();
  const int64_t batch = dense.size(0) * kernels::kImageBlock;
  torch::Tensor nchw = torch::empty({batch, dense.size(1), dense.size(2), dense.size(3)}, torch::kFloat32);
  kernels::BlockedToNchw({batch, dense.size(1), dense.size(2) * dense.size(3)}, dense.data_ptr<float>(),
                         nchw.data_ptr<float>());
  return nchw;
}

}  // namespace winnow::worker
