#include "worker/refit/observed_conv.h"

#include <utility>

namespace winnow::worker {

ObservedConv::ObservedConv(std::shared_ptr<ConvLayer> conv, Listener on_input, Listener on_gradient)
    : ConvLayer(conv->geometry()),
      conv_(std::move(conv)),
      on_input_(std::move(on_input)),
      on_gradient_(std::move(on_gradient)) {
  bias_ = conv_->bias();
}

torch::Tensor ObservedConv::forward(const torch::Tensor& input) {
  on_input_(input);
  torch::Tensor output = conv_->forward(input);
  if (!on_gradient_ || !torch::GradMode::is_enabled()) return output;
  const torch::Tensor heard = output.requires_grad() ? output : output.detach().requires_grad_(true);
  heard.register_hook([this](const torch::Tensor& gradient) { on_gradient_(gradient); });
  return heard.clone();  // what follows may work in place
}

Observation::Observation(ConvUnit& unit, ObservedConv::Listener on_input, ObservedConv::Listener on_gradient)
    : unit_(unit), conv_(std::dynamic_pointer_cast<ConvLayer>(unit.conv().shared_from_this())) {
  auto observed = std::make_shared<ObservedConv>(conv_, std::move(on_input), std::move(on_gradient));
  observed->train(conv_->is_training());
  unit_.Replace(std::move(observed));
}

Observation::~Observation() { unit_.Replace(conv_); }

}  // namespace winnow::worker
