// The networks of the catalogue, written down as a user would write one (spec/layer_graph.h).
//
//   vgg-nagadomi    conv0..conv7, each 3x3 padded by 1 with bias, then batch norm bn0..bn7, then ReLU; 64, 64, pool,
//                   128, 128, pool, 256, 256, 256, 256, pool; fc0 and fc1 of 1024, each with ReLU and dropout 0.5; fc2.
//   convpool-cnn-c  dropout 0.2; conv0..conv5 3x3 padded by 1: 96 thrice, pool, dropout 0.5, 192 thrice, pool, dropout
//                   0.5; conv6 3x3, conv7 1x1 of 192; each with batch norm and ReLU; conv8 1x1 of the classes with ReLU
//                   and no batch norm; global average. All with biases. Pools are 3x3 with stride 2, padded by 1.
//   lenet-5-3x3     conv0..conv3, each 3x3 padded by 1 without bias, then bn0..bn3, then ReLU; 16, 16, pool, 32, 32,
//                   pool; fc0 of 128 with ReLU; fc1. For quick sweeps; the name is that of the four-convolution LeNet
//                   in the notes of Yu et al., whose sizes are not published.
//   resnet-20, -56  for CIFAR-sized images: conv1, bn1, then layer1..layer3 of three (nine) blocks each (16, 32, 64
//                   channels): layerL.B.conv1, bn1, ReLU, conv2, bn2, plus the block's input, ReLU; no biases; global
//                   average; linear. The first block of layer2 and layer3 has stride 2, and its shortcut takes every
//                   second pixel and adds zero channels, half of them before and half behind (option A). Names are
//                   those of the published weights.
//   resnet-18       for ImageNet-sized images, the variant of Yu et al.: as torchvision's, with its names, but where a
//                   block had a convolution of stride 2 it has a 2x2 max pool and one of stride 1. The shortcut stays a
//                   1x1 convolution of stride 2 with batch norm.
//   alexnet         as torchvision's, with its names: features.0 11x11 of stride 4, features.3 5x5, features.6, .8 and
//                   .10 3x3; classifier.1, .4, .6. Only the 3x3 ones are prunable.
//
// Pools are 2x2 maxima with stride 2 where nothing else is said. Every size but the classes is multiplied by the width.
#ifndef SPEC_CATALOGUE_NETWORKS_H_
#define SPEC_CATALOGUE_NETWORKS_H_

#include <string>
#include <vector>

#include "spec/layer_graph.h"

namespace winnow::spec {

struct CatalogueNetwork {
  std::string name;
  bool takes_width;  // other than 1
  LayerGraph (*make)(double width, int classes);
};

const std::vector<CatalogueNetwork>& CatalogueNetworks();

}  // namespace winnow::spec

#endif  // SPEC_CATALOGUE_NETWORKS_H_
