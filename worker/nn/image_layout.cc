#include "worker/nn/image_layout.h"

#include "kernels/layout/blocked_layout.h"

namespace winnow::worker {

torch::Tensor BlockedFrom(const torch::Tensor& images) {
  if (IsBlocked(images)) return images;
  const torch::Tensor dense = images.contiguous();
  const kernels::ImageSizes sizes{dense.size(0), dense.size(1), dense.size(2) * dense.size(3)};
  torch::Tensor blocked = torch::empty(
      {sizes.Blocks(), dense.size(1), dense.size(2), dense.size(3), kernels::kImageBlock}, torch::kFloat32);
  kernels::NchwToBlocked(sizes, dense.data_ptr<float>(), blocked.data_ptr<float>());
  return blocked;
}

torch::Tensor NchwFrom(const torch::Tensor& images) {
  if (!IsBlocked(images)) return images;
  const torch::Tensor dense = images.contiguous();
  const int64_t batch = dense.size(0) * kernels::kImageBlock;
  torch::Tensor nchw = torch::empty({batch, dense.size(1), dense.size(2), dense.size(3)}, torch::kFloat32);
  kernels::BlockedToNchw({batch, dense.size(1), dense.size(2) * dense.size(3)}, dense.data_ptr<float>(),
                         nchw.data_ptr<float>());
  return nchw;
}

}  // namespace winnow::worker
