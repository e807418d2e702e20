#include "worker/stage/stage_request.h"

#include <set>
#include <variant>

#include "base/durable_file.h"
#include "base/json.h"
#include "spec/spec_fault.h"

namespace winnow::worker {
namespace {

using spec::Below;
using spec::SpecFault;

constexpr int64_t kMaxInt64Json = int64_t{1} << 53;
constexpr size_t kMaxRequestBytes = size_t{16} << 20;

// As base/sha256.h has it; this file also builds where there is no OpenSSL.
bool IsDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Reads members of one object and gathers what is wrong with them.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string pointer, std::vector<SpecFault>* faults)
      : object_(object), pointer_(std::move(pointer)), faults_(faults) {
    if (!object_.is_object()) Fault("", "expected an object, found " + std::string(object_.type_name()));
  }

  // The member, or null when it is absent; it then counts as known.
  const Json* Find(const std::string& name) {
    known_.insert(name);
    if (!object_.is_object()) return nullptr;
    const auto member = object_.find(name);
    return member == object_.end() ? nullptr : &*member;
  }

  std::string String(const std::string& name) {
    const Json* value = Required(name, "a string");
    if (value == nullptr) return "";
    if (value->is_string() && !value->get_ref<const std::string&>().empty()) return value->get<std::string>();
    Fault(name, "expected a string that is not empty");
    return "";
  }

  std::string Hex(const std::string& name) {
    const std::string value = String(name);
    if (!value.empty() && !IsDigest(value)) Fault(name, "expected 64 lower-case hexadecimal digits");
    return value;
  }

  std::filesystem::path AbsolutePath(const std::string& name) {
    std::filesystem::path value = String(name);
    if (!value.empty() && !value.is_absolute()) Fault(name, "expected an absolute path, found " + value.string());
    return value;
  }

  int64_t Integer(const std::string& name, int64_t low, int64_t high) {
    const Json* value = Required(name, "an integer");
    if (value == nullptr) return low;
    if (value->is_number_integer() && *value >= low && *value <= high) return value->get<int64_t>();
    Fault(name, "expected an integer from " + std::to_string(low) + " to " + std::to_string(high) + ", found " +
                    DumpJson(*value));
    return low;
  }

  void Fault(const std::string& name, std::string message) {
    faults_->push_back({name.empty() ? pointer_ : Below(pointer_, name), std::move(message)});
  }

  // Faults every member that nobody asked for.
  void RefuseUnknown() {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items()) {
      if (!known_.contains(name)) Fault(name, "unknown member; see docs/formats.md section 4");
    }
  }

 private:
  const Json* Required(const std::string& name, const std::string& what) {
    const Json* value = Find(name);
    if (value == nullptr && object_.is_object()) Fault(name, "missing; expected " + what);
    return value;
  }

  const Json& object_;
  const std::string pointer_;
  std::vector<SpecFault>* const faults_;
  std::set<std::string> known_;
};

void ReadParents(ObjectReader& reader, StageRequest& request, std::vector<SpecFault>* faults) {
  const Json* parents = reader.Find("parents");
  const bool may_lack = request.kind == spec::StageKind::kTrain;
  if (parents == nullptr && may_lack) return;
  if (parents == nullptr || !parents->is_array() || parents->size() > 1 || (parents->empty() && !may_lack)) {
    reader.Fault("parents", std::string("expected an array of ") + (may_lack ? "0 or 1" : "1") + " for the kind " +
                                std::string(spec::StageKindName(request.kind)));
    return;
  }
  for (size_t i = 0; i < parents->size(); ++i) {
    ObjectReader parent((*parents)[i], Below("/parents", i), faults);
    request.parents.push_back({parent.Hex("key"), parent.AbsolutePath("checkpoint"), parent.Hex("digest")});
    parent.RefuseUnknown();
  }
}

void ReadPlaces(ObjectReader& reader, StageRequest& request, std::vector<SpecFault>* faults) {
  if (reader.Find("pretrained") != nullptr) request.pretrained = reader.AbsolutePath("pretrained");
  if (const Json* data = reader.Find("data"); data != nullptr) {
    ObjectReader place(*data, "/data", faults);
    request.data = {place.String("name"), place.Hex("digest"), place.AbsolutePath("path")};
    place.RefuseUnknown();
  } else if (request.kind != spec::StageKind::kBenchmark) {
    reader.Fault("data", "missing; expected where the data set lies");
  }
  if (const Json* resume = reader.Find("resume"); resume != nullptr) {
    ObjectReader offer(*resume, "/resume", faults);
    request.resume = {offer.AbsolutePath("checkpoint"), offer.Integer("epoch", 0, kMaxInt64Json)};
    offer.RefuseUnknown();
  }
  request.output_dir = reader.AbsolutePath("output_dir");
}

void ReadNumerics(ObjectReader& reader, StageRequest& request, std::vector<SpecFault>* faults) {
  request.memory_limit_bytes =
      reader.Find("memory_limit_bytes") == nullptr ? 0 : reader.Integer("memory_limit_bytes", 0, kMaxInt64Json);
  const Json* numerics = reader.Find("numerics");
  if (numerics == nullptr) {
    reader.Fault("numerics", "missing; expected {\"device\": \"cpu\", \"threads\": N}");
    return;
  }
  ObjectReader members(*numerics, "/numerics", faults);
  request.device = members.String("device");
  if (!request.device.empty() && request.device != "cpu" && request.device != "cuda") {
    members.Fault("device", "expected \"cpu\" or \"cuda\", found \"" + request.device + "\"");
  } else if (request.device == "cuda" && request.kind == spec::StageKind::kBenchmark) {
    members.Fault("device", "expected \"cpu\", which is what a benchmark times, found \"cuda\"");
  }
  request.threads = static_cast<int>(members.Integer("threads", 1, 256));
  members.RefuseUnknown();
}

void ReadParameters(ObjectReader& reader, StageRequest& request, std::vector<SpecFault>* faults) {
  const Json* parameters = reader.Find("parameters");
  if (parameters == nullptr) {
    reader.Fault("parameters", "missing; expected those of the kind (docs/formats.md section 3)");
    return;
  }
  Result<spec::StageParameters> read = spec::StageParametersFromJson(request.kind, *parameters);
  if (read) {
    request.parameters = *std::move(read);
  } else {
    reader.Fault("parameters", read.error().message());
  }
}

// What the members say about each other.
void CheckTogether(const StageRequest& request, std::vector<SpecFault>* faults) {
  std::string data_name, pretrained;
  std::visit(
      [&](const auto& parameters) {
        if constexpr (requires { parameters.data.name; }) data_name = parameters.data.name;
        pretrained = parameters.model.pretrained_sha256;
      },
      request.parameters);
  if (request.data && !data_name.empty() && request.data->name != data_name) {
    faults->push_back(
        {"/data/name", "expected \"" + data_name + "\" as in the parameters, found \"" + request.data->name + "\""});
  }
  if (request.kind == spec::StageKind::kTrain && !pretrained.empty() && !request.pretrained) {
    faults->push_back({"/pretrained", "missing; the parameters name pretrained weights " + pretrained});
  }
}

Status CheckVersions(ObjectReader& reader, spec::StageKind kind, int64_t protocol, int64_t version) {
  if (protocol != kProtocolVersion) {
    return FailedPrecondition("the request is of protocol " + std::to_string(protocol) + ", this executor speaks " +
                              std::to_string(kProtocolVersion) + "; install agent and winnow-stage of one release");
  }
  if (version != spec::StageKindVersion(kind)) {
    return FailedPrecondition("the request is for version " + std::to_string(version) + " of the kind " +
                              std::string(spec::StageKindName(kind)) + ", this executor computes version " +
                              std::to_string(spec::StageKindVersion(kind)) +
                              "; install a winnow-stage of the coordinator's release");
  }
  return OkStatus();
}

}  // namespace

Result<StageRequest> ParseStageRequest(std::string_view text) {
  WINNOW_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  std::vector<SpecFault> faults;
  StageRequest request;
  ObjectReader reader(json, "", &faults);
  const int64_t protocol = reader.Integer("protocol", 1, kMaxInt64Json);
  const int64_t version = reader.Integer("version", 1, kMaxInt64Json);
  const std::string kind_name = reader.String("kind");
  const std::optional<spec::StageKind> kind = spec::FindStageKind(kind_name);
  if (!kind && !kind_name.empty()) {
    reader.Fault("kind",
                 "expected train, spatial_prune, winograd_prune, evaluate or benchmark, found \"" + kind_name + "\"");
  }
  if (!kind) return Err(spec::ToStatus(faults));
  if (faults.empty()) WINNOW_RETURN_ERR_IF_ERROR(CheckVersions(reader, *kind, protocol, version));

  request.kind = *kind;
  request.stage = reader.String("stage");
  request.attempt = static_cast<int>(reader.Integer("attempt", 1, 1000000));
  ReadParameters(reader, request, &faults);
  ReadParents(reader, request, &faults);
  ReadPlaces(reader, request, &faults);
  ReadNumerics(reader, request, &faults);
  reader.RefuseUnknown();
  if (faults.empty()) CheckTogether(request, &faults);
  if (!faults.empty()) return Err(spec::ToStatus(faults));
  return request;
}

Result<StageRequest> ReadStageRequest(const std::filesystem::path& file) {
  WINNOW_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxRequestBytes));
  Result<StageRequest> request = ParseStageRequest(text);
  if (!request) return Err(request.error().WithContext("stage request " + file.string()));
  return request;
}

}  // namespace winnow::worker
