// Every fault that a sweep spec can have, by its pointer and message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Case {
  std::string pointer;  // of the value that is set
  std::string value;
  std::string fault;  // pointer of the only fault
  std::string message;
};

void ExpectFault(std::string_view base, const Case& wanted) {
  SCOPED_TRACE(wanted.pointer + " = " + wanted.value);
  const std::vector<SpecFault> faults = FaultsOf(With(base, wanted.pointer, wanted.value));
  ASSERT_THAT(faults, SizeIs(1)) << ToStatus(faults).message();
  EXPECT_EQ(faults[0].pointer, wanted.fault);
  EXPECT_EQ(faults[0].message, wanted.message);
}

TEST(SpecFaults, NameWrongTypesAndRanges) {
  const Case kCases[] = {
      {"/name", "7", "/name",
       "expected a name of 1 to 63 of a-z, 0-9 and -, beginning with a letter, found the number 7"},
      {"/name", "\"9a\"", "/name",
       "expected a name of 1 to 63 of a-z, 0-9 and -, beginning with a letter, found the string \"9a\""},
      {"/name", "\"\"", "/name",
       "expected a name of 1 to 63 of a-z, 0-9 and -, beginning with a letter, found the string \"\""},
      {"/description", "null", "/description", "expected a string of 0 to 4096 bytes, found null"},
      {"/model/width", "0", "/model/width", "expected a number above 0 and at most 4, found the number 0"},
      {"/model/width", "\"1\"", "/model/width", "expected a number above 0 and at most 4, found the string \"1\""},
      {"/data/digest", "\"AB\"", "/data/digest",
       "expected a SHA-256 of 64 lower-case hexadecimal digits, found the string \"AB\""},
      {"/data/train_limit", "-1", "/data/train_limit", "expected an integer from 0 to 2147483647, found the number -1"},
      {"/training", "[]", "/training", "expected an object, found an array"},
      {"/training/epochs", "2.5", "/training/epochs", "expected an integer from 0 to 10000, found the number 2.5"},
      {"/training/batch_size", "0", "/training/batch_size", "expected an integer from 1 to 65536, found the number 0"},
      {"/training/seed", "18446744073709551615", "/training/seed",
       "expected an integer from 0 to 9007199254740991, found the number 18446744073709551615"},
      {"/training/optimizer/momentum", "1", "/training/optimizer/momentum",
       "expected a number of at least 0 and below 1, found the number 1"},
      {"/training/optimizer/weight_decay", "-0.1", "/training/optimizer/weight_decay",
       "expected a number of at least 0, found the number -0.1"},
      {"/training/augmentation/flip", "1", "/training/augmentation/flip", "expected true or false, found the number 1"},
      {"/training/batch_norm_momentum", "0", "/training/batch_norm_momentum",
       "expected a number above 0 and at most 1, found the number 0"},
      {"/spatial/rates", "[]", "/spatial/rates", "expected an array of 1 to 64 elements, found 0"},
      {"/spatial/rates", "0.5", "/spatial/rates", "expected an array of 1 to 64 elements, found the number 0.5"},
      {"/spatial/rates/1", "true", "/spatial/rates/1", "expected a rate or an object with one, found true"},
      {"/spatial/rates/0", "1", "/spatial/rates/0", "expected a number above 0 and below 1, found the number 1"},
      {"/spatial/rates/1/from", "\"start\"", "/spatial/rates/1/from", "expected \"dense\", found the string \"start\""},
      {"/spatial", "null", "/spatial", "expected an object, found null"},
      {"/winograd/gradient_exponent", "4.5", "/winograd/gradient_exponent",
       "expected a number of at least 0 and at most 4, found the number 4.5"},
      {"/winograd/mask_group", "3", "/winograd/mask_group",
       "expected 1, 2, 4 or 8 output channels, found the number 3"},
      {"/winograd/mask_group", "\"4\"", "/winograd/mask_group",
       "expected 1, 2, 4 or 8 output channels, found the string \"4\""},
      {"/winograd/selection", "\"greedy\"", "/winograd/selection",
       "expected a known name, found the string \"greedy\"; known: importance, second-order"},
      {"/winograd/schedule", "\"linear\"", "/winograd/schedule",
       "expected a known name, found the string \"linear\"; known: step, cubic"},
      {"/winograd/regrowth", "true", "/winograd/regrowth",
       "expected a name, found true; known: none, dense-copy, rigl"},
      {"/winograd/regrowth_fraction", "1", "/winograd/regrowth_fraction",
       "expected a number above 0 and below 1, found the number 1"},
      {"/winograd/mask_interval", "0", "/winograd/mask_interval",
       "expected an integer from 1 to 1000000, found the number 0"},
      {"/winograd/sensitivity_images", "0", "/winograd/sensitivity_images",
       "expected an integer from 1 to 1000000, found the number 0"},
      {"/spatial/dropout_shrinking", "\"cube\"", "/spatial/dropout_shrinking",
       "expected a known name, found the string \"cube\"; known: none, power, root"},
      {"/training/initial_deviation", "-1", "/training/initial_deviation",
       "expected a number of at least 0 and at most 100, found the number -1"},
      {"/training/learning_rate/schedule_epochs", "1.5", "/training/learning_rate/schedule_epochs",
       "expected an integer from 0 to 10000, found the number 1.5"},
      {"/winograd/rounds", "0", "/winograd/rounds", "expected an integer from 1 to 64, found the number 0"},
      {"/winograd/distillation/weight", "1.5", "/winograd/distillation/weight",
       "expected a number of at least 0 and at most 1, found the number 1.5"},
      {"/tile_sizes/0", "3", "/tile_sizes/0", "expected a tile size of 2 or 4, found the number 3"},
      {"/layers/fixed_rates/conv0", "1", "/layers/fixed_rates/conv0",
       "expected a number of at least 0 and below 1, found the number 1"},
      {"/benchmark/rounds", "2", "/benchmark/rounds", "expected an integer from 3 to 1000, found the number 2"},
      {"/benchmark/batch_sizes", "[]", "/benchmark/batch_sizes", "expected an array of 1 to 16 elements, found 0"},
      {"/resources/threads", "0", "/resources/threads", "expected an integer from 1 to 256, found the number 0"},
      {"/resources/kinds/train", "3", "/resources/kinds/train", "expected an object, found the number 3"},
      {"/retries/max_attempts", "0", "/retries/max_attempts", "expected an integer from 1 to 100, found the number 0"},
      {"/priority", "1001", "/priority", "expected an integer from -1000 to 1000, found the number 1001"},
  };
  for (const Case& wanted : kCases) ExpectFault(kFullSpec, wanted);
}

TEST(SpecFaults, NameUnknownNamesWithTheNearest) {
  const Case kCases[] = {
      {"/modle", "{}", "/modle", "expected no member of this name; did you mean \"model\"?"},
      {"/training/epoch", "3", "/training/epoch", "expected no member of this name; did you mean \"epochs\"?"},
      {"/model/name", "\"vgg-nagadoni\"", "/model/name",
       "expected a known name, found the string \"vgg-nagadoni\"; did you mean \"vgg-nagadomi\"?"},
      {"/data/name", "\"mnist\"", "/data/name",
       "expected a known name, found the string \"mnist\"; known: fashion-mnist, cifar-10, cifar-100, image-folder"},
      {"/training/learning_rate/schedule", "\"cosin\"", "/training/learning_rate/schedule",
       "expected a known name, found the string \"cosin\"; did you mean \"cosine\"?"},
      {"/benchmark/peers/0", "\"onednn\"", "/benchmark/peers/0",
       "expected a known name, found the string \"onednn\"; did you mean \"onednn-direct\" or \"onednn-winograd\"?"},
      {"/resources/kinds/spatial-prune", "{}", "/resources/kinds/spatial-prune",
       "expected no member of this name; did you mean \"spatial_prune\"?"},
      {"/spatial/retraining/seed", "1", "/spatial/retraining/seed",
       "expected no member of this name; known: epochs, batch_size, optimizer, learning_rate, augmentation, "
       "arithmetic, "
       "batch_norm_momentum"},
      {"/winograd/retraining/batch_norm_momentum", "0.1", "/winograd/retraining/batch_norm_momentum",
       "expected no member of this name; known: epochs, batch_size, optimizer, learning_rate, augmentation, "
       "arithmetic"},
      {"/layers/exclude/0", "\"cnov1\"", "/layers/exclude/0",
       "expected a convolution of vgg-nagadomi, found no layer of this name; did you mean \"conv1\", \"conv0\" or "
       "\"conv2\"?"},
      {"/layers/fixed_rates/con5", "0.1", "/layers/fixed_rates/con5",
       "expected a prunable layer (3x3, stride 1) of vgg-nagadomi, found no layer of this name; did you mean "
       "\"conv5\", \"conv0\" or \"conv1\"?"},
  };
  for (const Case& wanted : kCases) ExpectFault(kFullSpec, wanted);
}

TEST(SpecFaults, NameWhatIsMissing) {
  EXPECT_EQ(FaultsOf("{}"), (std::vector<SpecFault>{{"", "expected the member \"name\", found none"},
                                                    {"", "expected the member \"model\", found none"},
                                                    {"", "expected the member \"data\", found none"}}));
  ExpectFault(kSmallestSpec, {"/model", "{}", "/model", "expected the member \"name\" or \"graph\", found neither"});
  ExpectFault(kSmallestSpec, {"/spatial", "{}", "/spatial", "expected the member \"rates\", found none"});
  ExpectFault(kFullSpec,
              {"/spatial/rates/1", R"({"epochs": 3})", "/spatial/rates/1", "expected the member \"rate\", found none"});
}

TEST(SpecFaults, NameRulesBetweenMembers) {
  const std::string inherited = " (what is left out here is inherited from /training)";
  const Case kCases[] = {
      {"/model", R"({"name": "resnet-20", "width": 2})", "/model/width", "expected 1 for resnet-20, found 2.0"},
      {"/model/pretrained", "{}", "/model/pretrained", "expected \"path\", \"sha256\" or both, found neither"},
      {"/training/epochs", "0", "/training/epochs", "expected at least 1 without /model/pretrained, found 0"},
      {"/data/train_limit", "60001", "/data/train_limit",
       "expected at most the 60000 images of fashion-mnist, found 60001"},
      {"/data/test_limit", "10001", "/data/test_limit",
       "expected at most the 10000 images of fashion-mnist, found 10001"},
      {"/training/optimizer", R"({"name": "adam", "nesterov": true})", "/training/optimizer/nesterov",
       "expected false without sgd and a momentum above 0, found true"},
      {"/training/optimizer", R"({"momentum": 0, "nesterov": true})", "/training/optimizer/nesterov",
       "expected false without sgd and a momentum above 0, found true"},
      {"/training/learning_rate", R"({"schedule": "step"})", "/training/learning_rate/milestones",
       "expected at least one milestone for the schedule \"step\", found none"},
      {"/training/learning_rate", R"({"schedule": "step", "milestones": [5, 3]})",
       "/training/learning_rate/milestones/1", "expected more than the milestone before, 5, found 3"},
      {"/training/learning_rate", R"({"schedule": "step", "milestones": [5, 5]})",
       "/training/learning_rate/milestones/1", "expected distinct elements, found the number 5 again"},
      {"/training/learning_rate", R"({"schedule": "step", "milestones": [5, 10]})", "/training/learning_rate",
       "expected milestones below the number of epochs, 10, found 10"},
      {"/training/learning_rate", R"({"warmup_epochs": 10})", "/training/learning_rate",
       "expected warmup_epochs below the number of epochs, 10, found 10.0"},
      {"/spatial", R"({"rates": [0.5, 0.3]})", "/spatial/rates/1",
       "expected more than the step before, 0.5, or \"from\": \"dense\", found 0.3"},
      {"/spatial", R"({"rates": [0.3, 0.5, {"rate": 0.3, "from": "dense"}]})", "/spatial/rates/2",
       "expected distinct rates, found 0.3 again"},
      {"/spatial", R"({"rates": [{"rate": 0.3, "epochs": 2}], "retraining": {"epochs": 8, "learning_rate":
                       {"schedule": "step", "milestones": [4], "warmup_epochs": 2}}})",
       "/spatial/rates/0", "expected the retraining's warmup_epochs below the number of epochs, 2, found 2.0"},
      {"/spatial", R"({"rates": [0.3], "retraining": {"epochs": 3, "learning_rate": {"warmup_epochs": 3}}})",
       "/spatial/retraining/learning_rate",
       "expected warmup_epochs below the number of epochs, 3, found 3.0" + inherited},
      {"/winograd", R"({"rates": [0.6], "selection": "second-order", "mask_group": 4})", "/winograd/mask_group",
       "expected 1 with the selection \"second-order\", found 4"},
      {"/winograd", R"({"rates": [0.6], "allocation": "work", "mask_group": 4})", "/winograd/mask_group",
       "expected 1 with an allocation other than \"uniform\", found 4"},
      {"/winograd", R"({"rates": [0.6], "rounds": 3})", "/winograd/rounds",
       "expected 1 without a compensation, which is what tells rounds apart, found 3"},
      {"/data/held_out", "60000", "/data/held_out",
       "expected at most 59999, what 1 of the 60000 training images leave, found 60000"},
      {"/data", R"({"name": "fashion-mnist", "train_limit": 50000, "held_out": 10001})", "/data/held_out",
       "expected at most 10000, what 50000 of the 60000 training images leave, found 10001"},
      {"/test_trials", R"(["f4-w60"])", "/test_trials",
       "expected none without /data/held_out, where all trials see the test set, found 1"},
      {"/trained_on", R"({"epochs": 0})", "/trained_on/epochs", "expected at least 1, found 0"},
      {"/trained_on", R"({"epochs": 3, "learning_rate": {"warmup_epochs": 3}})", "/trained_on/learning_rate",
       "expected warmup_epochs below the number of epochs, 3, found 3.0" + inherited},
      {"/seeds", "[1, 1]", "/seeds/1", "expected distinct elements, found the number 1 again"},
      {"/winograd", R"({"rates": [0.6], "allocation": "sensitivity", "mask_group": 2})", "/winograd/mask_group",
       "expected 1 with an allocation other than \"uniform\", found 2"},
      {"/winograd", R"({"rates": [0.6], "schedule": "cubic", "mask_epochs": 5, "retraining": {"epochs": 4}})",
       "/winograd/mask_epochs", "expected at most the epochs of the retraining, 4, found 5.0"},
      {"/winograd", R"({"rates": [0.6, {"rate": 0.7, "epochs": 2}], "regrowth": "rigl", "mask_epochs": 3})",
       "/winograd/rates/1",
       "expected an epoch or more, and no fewer than mask_epochs, for masks to change in, found 2"},
      {"/winograd", R"({"rates": [{"rate": 0.7, "epochs": 0}], "regrowth": "rigl"})", "/winograd/rates/0",
       "expected an epoch or more, and no fewer than mask_epochs, for masks to change in, found 0"},
      {"/winograd", R"({"rates": [0.6], "schedule": "cubic", "retraining": {"epochs": 0}})", "/winograd/schedule",
       "expected \"step\" where the retraining has no epochs to change masks in, found \"cubic\""},
      {"/winograd", R"({"rates": [0.6], "regrowth": "dense-copy", "retraining": {"epochs": 0}})", "/winograd/regrowth",
       "expected \"none\" where the retraining has no epochs to change masks in, found \"dense-copy\""},
      {"/winograd", R"({"rates": [0.6], "regrowth": "rigl", "mask_group": 4})", "/winograd/mask_group",
       "expected 1 with the regrowth \"rigl\", found 4"},
      {"/winograd", R"({"rates": [0.6], "schedule": "cubic", "compensation": "kernel", "rounds": 2})",
       "/winograd/rounds", "expected 1 with the schedule \"cubic\", which prunes bit by bit itself, found 2"},
      {"/winograd", R"({"rates": [0.6], "retraining": {"learning_rate": {"schedule_epochs": 8}}})",
       "/winograd/retraining/learning_rate",
       "expected schedule_epochs no less than the number of epochs, 10, or 0, found 8" + inherited},
      {"/winograd", R"({"rates": [{"rate": 0.6, "epochs": 9}], "retraining": {"epochs": 2,
                       "learning_rate": {"schedule_epochs": 8}}})",
       "/winograd/rates/0",
       "expected the retraining's schedule_epochs no less than the number of epochs, 9, or 0, found 8"},
      {"/tile_sizes", "[2, 2]", "/tile_sizes/1", "expected distinct elements, found the number 2 again"},
      {"/benchmark", R"({"batch_sizes": [1, 8, 1]})", "/benchmark/batch_sizes/2",
       "expected distinct elements, found the number 1 again"},
      {"/layers", R"({"exclude": ["fc0"]})", "/layers/exclude/0",
       "expected a convolution of vgg-nagadomi, found a linear layer"},
      {"/layers", R"({"exclude": ["conv1"], "fixed_rates": {"conv1": 0.2}})", "/layers/fixed_rates/conv1",
       "expected a layer that is not in /layers/exclude, found it there too"},
  };
  for (const Case& wanted : kCases) ExpectFault(kSmallestSpec, wanted);
}

TEST(SpecFaults, NameWinogradRatesBelowTheirSpatialOnes) {
  ExpectFault(With(kSmallestSpec, "/spatial", R"({"rates": [0.3, 0.6]})"),
              {"/winograd", R"({"rates": [0.5, 0.6]})", "/winograd/rates/0",
               "expected no less than the highest spatial rate, 0.6, found 0.5"});
}

TEST(SpecFaults, NameInheritedSettingsThatDoNotFit) {
  ExpectFault(With(kSmallestSpec, "/training", R"({"learning_rate": {"schedule": "step", "milestones": [5]}})"),
              {"/spatial", R"({"rates": [0.5], "retraining": {"epochs": 2}})", "/spatial/retraining/learning_rate",
               "expected milestones below the number of epochs, 2, found 5 (what is left out here is inherited from "
               "/training)"});
}

// Milestones of the dense training are none of a short retraining's, but all of a rewound one's.
TEST(SpecFaults, NoneWhereAScheduleIsRewound) {
  const std::string base =
      With(kSmallestSpec, "/training", R"({"learning_rate": {"schedule": "step", "milestones": [5, 8]}})");
  EXPECT_THAT(FaultsOf(With(base, "/winograd", R"({"rates": [0.5], "retraining": {"epochs": 4,
                              "learning_rate": {"schedule_epochs": 10}}})")),
              IsEmpty());
}

TEST(SpecFaults, NameWhatASearchCannotTake) {
  const std::string start = With(kSmallestSpec, "/tile_sizes", "[4]");
  const std::string base = With(start, "/winograd", R"({"rates": [0.6]})");
  EXPECT_THAT(FaultsOf(With(base, "/objective", "{}")), IsEmpty());
  ExpectFault(base, {"/objective", R"({"from": 0.6, "to": 0.5})", "/objective/from",
                     "expected less than \"to\", 0.5, found 0.6"});
  ExpectFault(base, {"/objective", R"({"max_accuracy_drop": -1})", "/objective/max_accuracy_drop",
                     "expected a number of at least 0 and at most 100, found the number -1"});
  ExpectFault(start, {"/objective", "{}", "/objective",
                      "expected \"winograd\" beside it, whose rates it searches, found none"});
  const std::string searching = With(base, "/objective", "{}");
  ExpectFault(searching, {"/tile_sizes", "[2, 4]", "/tile_sizes", "expected one tile size beside /objective, found 2"});
  ExpectFault(searching, {"/spatial", R"({"rates": [0.3, 0.4]})", "/spatial/rates",
                          "expected one rate at most beside /objective, found 2"});
}

TEST(SpecFaults, NameLayersThatAreNotPrunable) {
  const std::string resnet = R"({"name": "r", "model": {"name": "resnet-20"}, "data": {"name": "cifar-10"}})";
  ExpectFault(resnet, {"/layers", R"({"fixed_rates": {"layer2.0.conv1": 0.2}})", "/layers/fixed_rates/layer2.0.conv1",
                       "expected a prunable layer (3x3, stride 1) of resnet-20, found a convolution of stride 2"});
  ExpectFault(resnet, {"/layers", R"({"fixed_rates": {"linear": 0.2}})", "/layers/fixed_rates/linear",
                       "expected a prunable layer (3x3, stride 1) of resnet-20, found a linear layer"});
}

TEST(SpecFaults, NameAnExclusionOfEverything) {
  ExpectFault(R"({"name": "l", "model": {"name": "lenet-5-3x3"}, "data": {"name": "cifar-10"},
                  "spatial": {"rates": [0.5]}})",
              {"/layers", R"({"exclude": ["conv0", "conv1", "conv2", "conv3"]})", "/layers/exclude",
               "expected at least one prunable layer to be left for pruning, found all excluded"});
}

TEST(SpecFaults, ComeAllAtOnce) {
  const std::vector<SpecFault> faults = FaultsOf(R"({
    "name": "X", "model": {"name": "vgg"}, "data": {"name": "cifar-10", "train_limit": 50001},
    "training": {"epochs": "ten", "learning_rate": {"schedule": "step", "milestones": [20]}},
    "spatial": {"rates": [0.5, 0.4]}, "tile_sizes": [4, 4], "typo": 1})");
  std::vector<std::string> pointers;
  for (const SpecFault& fault : faults) pointers.push_back(fault.pointer);
  // Nothing about milestones, since the epochs that they would be compared with are not known.
  EXPECT_EQ(pointers, (std::vector<std::string>{"/name", "/model/name", "/training/epochs", "/tile_sizes/1", "/typo",
                                                "/data/train_limit", "/spatial/rates/1"}));
}

TEST(SpecFaults, AreCutToWhatAPersonReads) {
  Json json = Json::parse(kSmallestSpec);
  for (int i = 0; i < 250; ++i) json["unknown" + std::to_string(i)] = 1;
  const std::vector<SpecFault> faults = FaultsOf(json.dump());
  ASSERT_THAT(faults, SizeIs(101));
  EXPECT_EQ(faults.back(), (SpecFault{"", "and 150 more faults"}));
}

TEST(SpecFaults, TellWhereTheSyntaxIsWrong) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "JSON syntax error at line 1, column 1: "},
      {"{\n  \"name\": \"a\",\n  oops\n}", "JSON syntax error at line 3, column 3: "},
      {"{\"name\": \"a\"", "JSON syntax error at line 1, column 13: "},
      {"[1, 2,]", "JSON syntax error at line 1, column 7: "},
      {"{} {}", "JSON syntax error at line 1, column 4: "},
      {"{\"a\": 1e999}", "JSON syntax error at line 1, column "},
      {"{\"a\": \"\xff\"}", "JSON syntax error at line 1, column "},
  };
  for (const auto& [text, message] : kCases) {
    SCOPED_TRACE(text);
    const std::vector<SpecFault> faults = FaultsOf(text);
    ASSERT_THAT(faults, SizeIs(1));
    EXPECT_EQ(faults[0].pointer, "");
    EXPECT_THAT(faults[0].message, StartsWith(message));
    EXPECT_THAT(faults[0].message, ::testing::Not(HasSubstr("json.exception")));
  }
}

TEST(SpecFaults, NameMembersThatStandTwice) {
  const std::vector<SpecFault> faults =
      FaultsOf(R"({"name": "a", "model": {"name": "vgg-nagadomi", "name": "resnet-20"},
    "data": {"name": "cifar-10"}, "name": "b", "spatial": {"rates": [0.2, {"rate": 0.3, "rate": 0.4}]}})");
  EXPECT_EQ(faults,
            (std::vector<SpecFault>{{"/model/name", "expected the member \"name\" once, found it again"},
                                    {"/name", "expected the member \"name\" once, found it again"},
                                    {"/spatial/rates/1/rate", "expected the member \"rate\" once, found it again"}}));
}

TEST(SpecFaults, RefuseWhatIsTooDeepOrTooLong) {
  EXPECT_THAT(FaultsOf(std::string(100000, '[')), SizeIs(1));
  EXPECT_EQ(FaultsOf(std::string(100000, '['))[0].message, "expected values nested at most 32 deep, found more");
  const std::vector<SpecFault> faults = FaultsOf(std::string(size_t{2} << 20, ' '));
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].message, "expected at most 1048576 bytes, found 2097152");
}

TEST(SpecFaults, EscapePointersAsRfc6901Does) {
  EXPECT_EQ(Below("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(Below("", size_t{3}), "/3");
  EXPECT_EQ(ToStatus({{"/a", "one"}, {"", "two"}}), InvalidArgument("/a: one\ntwo"));
}

TEST(SpecFaults, NoneInAGoodSpec) { EXPECT_THAT(FaultsOf(kFullSpec), IsEmpty()); }

}  // namespace
}  // namespace winnow::spec
