#include "worker/bench/net_timing.h"

#include <utility>

#include "worker/bench/whole_net.h"

namespace winnow::worker {
namespace {

torch::Tensor RandomImages(const Net& net, int64_t batch) {
  const spec::Network& network = net.network();
  const int64_t count = batch * network.image_channels * network.image_height * network.image_width;
  const std::vector<float> values = RandomActivations(count, /*seed=*/1);
  return torch::from_blob(const_cast<float*>(values.data()),
                          {batch, network.image_channels, network.image_height, network.image_width}, torch::kFloat32)
      .clone();
}

torch::Tensor LogitsOf(Net& net, const torch::Tensor& images) {
  torch::InferenceMode inference;
  net.eval();
  return net.forward(images);
}

double MaxRelativeDifference(const torch::Tensor& found, const torch::Tensor& expected) {
  const double largest = expected.abs().max().item<double>();
  const double worst = (found - expected).abs().max().item<double>();
  return largest > 0 ? worst / largest : worst;
}

}  // namespace

Json NetTiming::ToJson() const {
  Json ms = Json::object(), ratios = Json::object();
  for (const auto& [name, peer] : peers) {
    ms[name] = peer ? Json(peer->ms.median) : Json();
    ratios[name] = peer ? Json(peer->ratio) : Json();
  }
  return {{"ours_ms", ours_ms.median},        {"peers", std::move(ms)},   {"ratios", std::move(ratios)},
          {"implementation", implementation}, {"our_layers", our_layers}, {"max_relative_error", max_relative_error}};
}

Result<NetTiming> TimeNet(const NetSource& source, int64_t batch, std::span<const std::string> peers, int rounds,
                          const std::shared_ptr<kernels::KernelTuner>& tuner) {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<Net> pruned, source.reference());
  const torch::Tensor images = RandomImages(*pruned, batch);
  const torch::Tensor expected = LogitsOf(*pruned, images);
  const spec::Network network = pruned->network();
  NetTiming timing;
  WINNOW_ASSIGN_OR_RETURN(DeployedNet deployed, source.deployed());
  deployed.UseTuner(tuner);
  deployed.Run(images);  // makes the plans
  timing.our_layers = deployed.ours();
  timing.tuned = deployed.Tuned();
  const std::unique_ptr<NetContender> ours = MakeOurNet(std::move(deployed), images);
  ours->Run();
  timing.implementation = ours->implementation();
  timing.max_relative_error = MaxRelativeDifference(ours->logits(), expected);
  if (!(timing.max_relative_error <= kWrongLogits)) {
    return Err(Internal("our logits of " + network.name + " are wrong by " + std::to_string(timing.max_relative_error) +
                        " of the largest; the net was not timed"));
  }
  std::vector<Contender*> contenders = {ours.get()};
  const auto make = [&](const std::string& name) -> Result<std::unique_ptr<Contender>> {
    WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> dense, MakeNet(network, /*seed=*/1));
    return MakeDenseNet(name, std::move(dense), images);
  };
  WINNOW_ASSIGN_OR_RETURN(const Peers others, MakePeers(peers, make));
  others.AppendTo(contenders);
  const std::vector<std::vector<double>> ms = TimeInTurn(contenders, rounds);
  timing.ours_ms = Summarise(ms[0]);
  timing.samples = ms[0];
  timing.peers = others.Timings(std::span(ms).subspan(1), ms[0]);
  return timing;
}

}  // namespace winnow::worker
