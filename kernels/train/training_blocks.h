// How a training layer's batch is cut, and its transforms block by block. Internal to kernels/train.
#ifndef KERNELS_TRAIN_TRAINING_BLOCKS_H_
#define KERNELS_TRAIN_TRAINING_BLOCKS_H_

#include <cstdint>
#include <vector>

#include "kernels/shape/image_tiles.h"
#include "kernels/shape/tile_block.h"
#include "kernels/train/training_conv.h"
#include "kernels/transforms/tile_transforms.h"

namespace winnow::kernels {

// V or M of one block of tiles: [position][channel][vectors][lanes].
struct BlockMatrix {
  float* base = nullptr;
  int64_t position_stride = 0;
};

// Units     an image (kNchw) or a block of 16 (kBlocked16). A range is some units of one thread; units are not shared,
//           because tiles of one image add to each other's pixels in the gradient of x.
// Blocks    up to `vectors` vectors of tiles of one range, in ascending order.
class TrainingBlocks {
 public:
  TrainingBlocks(const TrainingConvOptions& options, Isa isa, int vectors);

  int64_t ranges() const { return ranges_; }
  int64_t channel_stride() const { return int64_t{vectors_} * lanes_; }  // floats, of BlockMatrix

  // Some tiles of a range.
  struct Block {
    int64_t first = 0;  // in slots: tiles of kNchw, tiles of 16 images of kBlocked16
    int64_t slots = 0;
    int vectors = 0;
    bool partial = false;  // the last vector has lanes without a tile
  };
  // Calls body(block) for the blocks of a range.
  template <typename Body>
  void ForBlocks(int64_t range, const Body& body) const {
    const int64_t first_unit = range * units_ / ranges_, last_unit = (range + 1) * units_ / ranges_;
    for (int64_t slot = first_unit * slots_per_unit_; slot < last_unit * slots_per_unit_; slot += BlockSlots()) {
      body(MakeBlock(slot, std::min(BlockSlots(), last_unit * slots_per_unit_ - slot)));
    }
  }

  // Blocks of the ranges before this one; of `ranges()` all.
  int64_t BlocksBefore(int64_t range) const;

  // The four transforms of one block. Lanes without a tile are zero in V and dM.
  void Input(const Block& block, const float* x, const BlockMatrix& v) const;
  void Output(const Block& block, const BlockMatrix& m, const float* bias, float* y) const;
  void OutputAdjoint(const Block& block, const float* dy, const BlockMatrix& dm) const;
  void InputAdjoint(const Block& block, const BlockMatrix& dv, float* dx) const;
  // Before the first InputAdjoint() of a range.
  void ClearGradient(int64_t range, float* dx) const;

 private:
  int64_t BlockSlots() const { return blocked_ ? vectors_ / unit_vectors_ : int64_t{vectors_} * lanes_; }
  Block MakeBlock(int64_t first, int64_t slots) const;
  // Calls body(first slot, slots, first vector) for the pieces that the transforms take at once.
  template <typename Body>
  void ForPieces(const Block& block, const Body& body) const;
  PositionView ViewOf(const BlockMatrix& matrix, int64_t first_vector) const;
  void ClearLastVector(const Block& block, const BlockMatrix& matrix, int64_t channels) const;

  TrainingConvOptions options_;
  const TileTransforms* transforms_;
  int vectors_;
  int lanes_;
  bool blocked_;
  int unit_vectors_ = 1;  // of a slot of kBlocked16
  int64_t units_ = 0;
  int64_t ranges_ = 0;
  int64_t slots_per_unit_ = 0;
  bool stream_output_ = false;
  PlaneGeometry input_planes_, output_planes_;  // of kNchw
  ImagePlanes input_images_, output_images_;    // of kBlocked16
  std::vector<float> zeros_;                    // a row of pixels in the padding, of kBlocked16
};

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_TRAINING_BLOCKS_H_
