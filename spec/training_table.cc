#include "spec/training_table.h"

#include <algorithm>
#include <limits>

namespace winnow::spec {
namespace {

constexpr double kNoEnd = std::numeric_limits<double>::infinity();
constexpr int64_t kLargestSeed = (int64_t{1} << 53) - 1;  // every JSON reader holds it exactly
constexpr int kMostEpochs = 10000;

Table<Optimizer> OptimizerTable(Presence presence) {
  return {
      MakeField<Optimizer>("name", presence, &Optimizer::name,
                           ChoiceType<OptimizerName>({OptimizerName::kSgd, OptimizerName::kAdam}, OptimizerNameText),
                           "the rule that updates the weights"),
      MakeField<Optimizer>("momentum", presence, &Optimizer::momentum, NumberType({0, 1, false, true}),
                           "of sgd; of adam the first decay rate"),
      MakeField<Optimizer>("nesterov", presence, &Optimizer::nesterov, BooleanType(),
                           "Nesterov's form of the momentum; sgd with a momentum above 0 only"),
      MakeField<Optimizer>("weight_decay", presence, &Optimizer::weight_decay, NumberType({0, kNoEnd}),
                           "times the weights, added to their gradients"),
  };
}

Table<LearningRate> LearningRateTable(Presence presence) {
  return {
      MakeField<LearningRate>("initial", presence, &LearningRate::initial, InitialLearningRateType(),
                              "the rate after the warm-up"),
      MakeField<LearningRate>(
          "schedule", presence, &LearningRate::schedule,
          ChoiceType<LearningRateSchedule>(
              {LearningRateSchedule::kConstant, LearningRateSchedule::kStep, LearningRateSchedule::kCosine},
              LearningRateScheduleText),
          "constant; step: times the factor at each milestone; cosine: to 0 at the end, iteration by iteration"),
      MakeField<LearningRate>("milestones", presence, &LearningRate::milestones,
                              ListType(IntegerType<int>(1, kMostEpochs), 0, 100, true),
                              "of step: increasing epochs, each below the number of epochs"),
      MakeField<LearningRate>("factor", presence, &LearningRate::factor, NumberType({0, 1, true, false}),
                              "of step: of the rate at each milestone"),
      MakeField<LearningRate>("warmup_epochs", presence, &LearningRate::warmup_epochs, NumberType({0, kMostEpochs}),
                              "epochs, may be fractional, in which the rate rises linearly from 0; fewer than epochs"),
      MakeField<LearningRate>("schedule_epochs", presence, &LearningRate::schedule_epochs, EpochsType(),
                              "epochs that the schedule is made for; a shorter training has its last part: that of the "
                              "dense training rewinds to it; 0 = as many as are trained"),
  };
}

Table<Augmentation> AugmentationTable(Presence presence) {
  return {
      MakeField<Augmentation>("crop_padding", presence, &Augmentation::crop_padding, IntegerType<int>(0, 16),
                              "pixels of zeros round an image before a random cut of its own size"),
      MakeField<Augmentation>("flip", presence, &Augmentation::flip, BooleanType(),
                              "mirror images left to right, at random"),
      MakeField<Augmentation>(
          "least_area", presence, &Augmentation::least_area, NumberType({0, 1, true, false}),
          "of image-folder, instead of crop_padding: the least share of an image that a random cut has"),
  };
}

// All members but the seed and the momentum of batch norm.
Table<Training> CommonTable(Presence presence) {
  return {
      MakeField<Training>("epochs", presence, &Training::epochs, EpochsType(), "passes over the training images"),
      MakeField<Training>("batch_size", presence, &Training::batch_size, IntegerType<int>(1, 65536),
                          "images a step of the optimizer"),
      MakeField<Training>("optimizer", presence, &Training::optimizer, ObjectType(OptimizerTable(presence)),
                          "how weights are updated"),
      MakeField<Training>("learning_rate", presence, &Training::learning_rate, ObjectType(LearningRateTable(presence)),
                          "the learning rate over the epochs"),
      MakeField<Training>("augmentation", presence, &Training::augmentation, ObjectType(AugmentationTable(presence)),
                          "random changes of training images"),
      MakeField<Training>("arithmetic", presence, &Training::arithmetic,
                          ChoiceType<Arithmetic>({Arithmetic::kWinnow, Arithmetic::kLibTorch}, ArithmeticText),
                          "who computes a training step: winnow, or libtorch for comparison, which is slower"),
  };
}

Field<Training> BatchNormMomentumField(Presence presence) {
  return MakeField<Training>("batch_norm_momentum", presence, &Training::batch_norm_momentum, BatchNormMomentumType(),
                             "the share of the new batch in the running averages of batch norm");
}

// One of a few integers; `expected` ends "expected ...".
JsonType<int> OneOfType(std::vector<int> values, std::string expected) {
  const OrderedJson schema = {{"type", "integer"}, {"enum", values}};
  return {.schema = schema,
          .read =
              [values = std::move(values), expected = std::move(expected)](const Json& json, const std::string& pointer,
                                                                           int& value, FaultList& faults) {
                const auto found = std::find_if(values.begin(), values.end(), [&json](int v) { return json == v; });
                if (found != values.end()) {
                  value = *found;
                } else {
                  faults.Add(pointer, "expected " + expected + ", found " + Found(json));
                }
              },
          .write = [](const int& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

}  // namespace

Table<Training> TrainingTable() {
  Table<Training> table = CommonTable(Presence::kDefaulted);
  table.insert(table.begin() + 2,
               MakeField<Training>("seed", Presence::kDefaulted, &Training::seed, SeedType(),
                                   "decides initial weights, order of images, augmentation and dropout"));
  table.push_back(MakeField<Training>(
      "initial_deviation", Presence::kDefaulted, &Training::initial_deviation, NumberType({0, 100}),
      "standard deviation of random initial weights of convolutions; 0 = sqrt(2 / inputs of a pixel)"));
  table.push_back(BatchNormMomentumField(Presence::kDefaulted));
  return table;
}

Table<Training> RetrainingTable(bool with_batch_norm_momentum) {
  Table<Training> table = CommonTable(Presence::kInherited);
  if (with_batch_norm_momentum) table.push_back(BatchNormMomentumField(Presence::kInherited));
  return table;
}

JsonType<int64_t> SeedType() { return IntegerType<int64_t>(0, kLargestSeed); }
JsonType<double> RateType() { return NumberType({0, 1, true, true}); }
JsonType<double> FixedRateType() { return NumberType({0, 1, false, true}); }
JsonType<double> BatchNormMomentumType() { return NumberType({0, 1, true, false}); }
JsonType<double> GradientExponentType() { return NumberType({0, 4}); }
JsonType<double> InitialLearningRateType() { return NumberType({0, 1000, true, false}); }
JsonType<int> EpochsType() { return IntegerType<int>(0, kMostEpochs); }

JsonType<DropoutShrinking> DropoutShrinkingType() {
  return ChoiceType<DropoutShrinking>({DropoutShrinking::kNone, DropoutShrinking::kPower, DropoutShrinking::kRoot},
                                      DropoutShrinkingText);
}

JsonType<int> TileSizeType() { return OneOfType({2, 4}, "a tile size of 2 or 4"); }

JsonType<int> MaskGroupType() { return OneOfType({1, 2, 4, 8}, "1, 2, 4 or 8 output channels"); }

JsonType<int> SideType() {
  JsonType<int> type = IntegerType<int>(0, 1024);
  type.read = [](const Json& json, const std::string& pointer, int& value, FaultList& faults) {
    const bool zero = json.is_number() && json == 0;
    if (const auto side = ReadInteger(json, pointer, zero ? 0 : 16, 1024, faults)) value = static_cast<int>(*side);
  };
  return type;
}

JsonType<std::vector<int>> BatchSizesType() { return ListType(IntegerType<int>(1, 4096), 1, 16, true); }
JsonType<std::vector<int>> BenchmarkThreadsType() { return ListType(IntegerType<int>(1, 256), 1, 16, true); }

JsonType<std::vector<std::string>> PeersType() {
  const std::vector<std::string> peers = Benchmark().peers;
  return ListType(NameType(peers), 0, peers.size(), true);
}

JsonType<int> RoundsType() { return IntegerType<int>(3, 1000); }
JsonType<std::vector<std::string>> ExcludeType() { return ListType(TextType(1, 100), 0, 1000, true); }
JsonType<std::map<std::string, double>> FixedRatesType() { return MapType(FixedRateType()); }

}  // namespace winnow::spec
