// Modules by dotted names: "layer1.0.conv1" is conv1 of module 0 of module layer1.
#ifndef WORKER_NN_MODULE_PATH_H_
#define WORKER_NN_MODULE_PATH_H_

#include <torch/torch.h>

#include <memory>
#include <string>

namespace winnow::worker {

inline std::string LastPart(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// The module that holds the one of this name below `root`; makes those on the way that are not there yet.
inline torch::nn::Module& OwnerOf(torch::nn::Module& root, const std::string& name) {
  torch::nn::Module* owner = &root;
  size_t begin = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    const std::string part = name.substr(begin, dot - begin);
    const auto children = owner->named_children();
    const std::shared_ptr<torch::nn::Module>* child = children.find(part);
    owner = child != nullptr ? child->get() : owner->register_module(part, std::make_shared<torch::nn::Module>()).get();
    begin = dot + 1;
  }
  return *owner;
}

}  // namespace winnow::worker

#endif  // WORKER_NN_MODULE_PATH_H_
