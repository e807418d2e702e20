// Layers to be timed by `winnow-stage bench`: sets that come with the program, files, and single ones by hand.
//
// A set is a text of one "N,C,K,H,W" a line (batch, channels in and out, height, width; 3x3, stride 1, padding 1);
// empty lines and what follows a # do not count.
#ifndef WORKER_BENCH_LAYER_SET_H_
#define WORKER_BENCH_LAYER_SET_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernels/shape/conv_shape.h"

namespace winnow::worker {

// kInvalidArgument for anything but five sizes >= 1 that make a shape (ConvShape::Validate).
Result<kernels::ConvShape> ParseLayer(std::string_view text);

// `name` stands in messages, with the line. kInvalidArgument for a line that is no layer, or when there is none at all.
Result<std::vector<kernels::ConvShape>> ParseLayerSet(std::string_view text, std::string_view name);

// Names of the sets that come with the program, from worker/bench/layers.
std::vector<std::string> LayerSetNames();

// The set of that name, else the file of that path. kNotFound gives the names there are.
Result<std::vector<kernels::ConvShape>> FindLayerSet(const std::string& name_or_file);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_LAYER_SET_H_
