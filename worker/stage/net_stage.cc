#include "worker/stage/net_stage.h"

#include <algorithm>

#include "worker/data/load_data_set.h"
#include "worker/stage/file_digest.h"
#include "worker/training/training_loop.h"

namespace winnow::worker {
namespace {

constexpr char kCheckpointFile[] = "checkpoint.safetensors";
constexpr char kMediaType[] = "application/x-safetensors";

// Turns what the loop tells into event lines and files.
class NetStageObserver : public TrainingObserver {
 public:
  NetStageObserver(const StageContext& context, const PreparedNet& prepared, int epochs)
      : context_(context), prepared_(prepared), epochs_(epochs) {}

  bool StopRequested() override { return context_.stop_requested(); }

  void OnProgress(double epochs_done) override {
    const std::string note = last_loss_.empty() ? "" : "loss " + last_loss_;
    context_.events.Progress(epochs_done, epochs_, "epochs", note);
  }

  void OnEpoch(const EpochFigures& figures) override {
    context_.events.Measurement("train_loss", figures.epoch, figures.train_loss);
    context_.events.Measurement("train_accuracy", figures.epoch, figures.train_accuracy);
    context_.events.Measurement("learning_rate", figures.epoch, figures.learning_rate);
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", figures.train_loss);
    last_loss_ = text;
  }

  Status OnResumePoint(ResumePoint point) override {
    point.numerics_class = context_.numerics_class;
    point.stage = context_.request.stage;
    // Two names in turn: whoever still reads the last one keeps it whole.
    const std::string name = resume_points_++ % 2 == 0 ? "resume-a.safetensors" : "resume-b.safetensors";
    WINNOW_RETURN_IF_ERROR(
        SaveResumePoint(context_.request.output_dir / name, *prepared_.net, prepared_.description, point));
    context_.events.ResumePoint(name, point.epoch);
    return OkStatus();
  }

 private:
  const StageContext& context_;
  const PreparedNet& prepared_;
  const int epochs_;
  int resume_points_ = 0;
  std::string last_loss_;
};

// The resume point offered, loaded into the net, or the reason why the stage starts again.
struct ResumeDecision {
  std::optional<ResumePoint> point;
  std::string restarted_because;
};

// Where masks change, those of a resume point may be any of the same layers.
bool MasksFit(const PreparedNet& prepared, const ResumePoint& point) {
  if (prepared.changer == nullptr) return prepared.masks.SameAs(point.masks);
  const std::map<std::string, torch::Tensor> own = prepared.masks.Kept();
  return own.size() == point.masks.size() && std::all_of(own.begin(), own.end(), [&](const auto& entry) {
           const auto other = point.masks.find(entry.first);
           return other != point.masks.end() && other->second.sizes() == entry.second.sizes();
         });
}

// What the layers of the result have reached at the end of a training that changed their masks.
void SetReached(Json& layers, const std::map<std::string, torch::Tensor>& kept) {
  for (Json& layer : layers) {
    const torch::Tensor& mask = kept.at(layer.at("name").get<std::string>());
    layer["reached"] = static_cast<double>(mask.eq(0).sum().item<int64_t>()) / static_cast<double>(mask.numel());
    if (!layer.contains("target")) layer["target"] = layer["reached"];
  }
}

Result<ResumePoint> FittingResumePoint(const StageContext& context, const PreparedNet& prepared) {
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(context.request.resume->checkpoint));
  WINNOW_ASSIGN_OR_RETURN(ResumePoint point, ResumePointOf(file));
  if (point.stage != context.request.stage) {
    return Err(FailedPrecondition("the resume point is of " + point.stage));
  }
  if (point.numerics_class != context.numerics_class) {
    return Err(FailedPrecondition("the resume point was computed with " + point.numerics_class + ", this is " +
                                  context.numerics_class));
  }
  if (!MasksFit(prepared, point)) return Err(FailedPrecondition("the resume point has other masks"));
  WINNOW_RETURN_ERR_IF_ERROR(LoadNet(file, *prepared.net));
  return point;
}

ResumeDecision DecideResume(const StageContext& context, const PreparedNet& prepared) {
  if (!context.request.resume) return {};
  Result<ResumePoint> point = FittingResumePoint(context, prepared);
  if (!point) return {std::nullopt, point.error().message()};
  return {*std::move(point), ""};
}

Json ResultOf(const PreparedNet& prepared, const TrainingOutcome& outcome, int epochs, int64_t images, double seconds) {
  Json values = prepared.pruning;
  values["epochs"] = epochs;
  values["train_images"] = images;
  values["train_loss"] = outcome.last ? Json(outcome.last->train_loss) : Json();
  values["train_accuracy"] = outcome.last ? Json(outcome.last->train_accuracy) : Json();
  values["seconds"] = seconds;
  return values;
}

}  // namespace

Result<std::shared_ptr<Net>> LoadCheckpoint(const std::filesystem::path& path, const std::string& digest,
                                            const spec::Network& network, uint64_t seed) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckFileDigest(path, digest));
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(path));
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, MakeNet(network, seed));
  WINNOW_RETURN_ERR_IF_ERROR(LoadNetInAnyForm(file, *net));
  return net;
}

Status CheckLayerNames(const Net& net, const std::vector<std::string>& exclude,
                       const std::map<std::string, double>& fixed_rates) {
  std::vector<std::string> convolutions, prunable;
  for (const spec::Layer& layer : net.network().layers) {
    if (layer.kind == spec::LayerKind::kConv) convolutions.push_back(layer.name);
    if (layer.prunable()) prunable.push_back(layer.name);
  }
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::string faults;
  for (const std::string& name : exclude) {
    if (!has(convolutions, name)) faults += " \"" + name + "\" (exclude)";
  }
  for (const auto& [name, rate] : fixed_rates) {
    if (!has(prunable, name)) faults += " \"" + name + "\" (fixed_rates)";
  }
  if (faults.empty()) return OkStatus();
  std::string known;
  for (const std::string& name : prunable) known += " " + name;
  return InvalidArgument(net.network().name + " has no such convolutions:" + faults + "; prunable are:" + known);
}

Result<StageImages> LoadTrainingImages(const StageContext& context, const StageCatalogue& catalogue,
                                       const spec::TrainingDataParameters& data) {
  WINNOW_ASSIGN_OR_RETURN(ImageSet set, LoadDataSet(catalogue.data_set, context.request.data->folder, Split::kTrain,
                                                    data.train_limit, data.held_out));
  StageImages images;
  images.set = std::make_unique<const ImageSet>(std::move(set));
  images.assembler = std::make_unique<const BatchAssembler>(
      *images.set, spec::FindNormalisation(catalogue.network.name, catalogue.data_set), catalogue.data_set.height);
  return images;
}

Result<StageOutcome> TrainAndSave(const StageContext& context, PreparedNet prepared, const StageImages& images,
                                  const spec::Training& training) {
  const SteadyTime begin = context.clock.Now();
  prepared.net->to(torch::Device(context.request.device));
  prepared.masks.MoveTo(torch::Device(context.request.device));
  ResumeDecision resume = DecideResume(context, prepared);
  context.events.Started({.numerics_class = context.numerics_class,
                          .resumed_epoch = resume.point ? resume.point->epoch : 0,
                          .restarted_because = resume.restarted_because});
  TrainingJob job;
  job.net = prepared.net.get();
  job.images = images.set.get();
  job.assembler = images.assembler.get();
  job.training = &training;
  job.masks = &prepared.masks;
  job.gradient_divisors = prepared.gradient_divisors;
  job.extras = prepared.extras;
  job.changer = prepared.changer.get();
  job.dense_copies = prepared.dense_copies;
  job.clock = &context.clock;
  job.resume = std::move(resume.point);
  NetStageObserver observer(context, prepared, training.epochs);
  WINNOW_ASSIGN_OR_RETURN(const TrainingOutcome outcome, Train(job, observer));
  if (outcome.stopped) return StageOutcome{.stopped = true, .values = {}};
  if (prepared.changer != nullptr) SetReached(prepared.pruning["layers"], outcome.kept);

  WINNOW_RETURN_ERR_IF_ERROR(
      SaveNet(context.request.output_dir / kCheckpointFile, *prepared.net, prepared.description));
  context.events.Artifact("checkpoint", kCheckpointFile, kMediaType);
  const double seconds = std::chrono::duration<double>(context.clock.Now() - begin).count();
  return StageOutcome{.values = ResultOf(prepared, outcome, training.epochs, images.set->count, seconds)};
}

}  // namespace winnow::worker
