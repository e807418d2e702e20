#include "tests/chaos/history_checker.h"

#include <algorithm>
#include <set>
#include <utility>

namespace winnow::chaos {
namespace {

using Kind = Operation::Kind;

// A lease as the history tells of it.
struct LeaseStory {
  std::string stage;
  int attempt = 0;
  int64_t known_at = kNever;         // the first reply that carried it came
  std::set<std::string> workers;     // that were given it
  int64_t last_taken_begin = -1;     // begin of the last call under it that was taken
  const Operation* taken = nullptr;  // that call
};

class Checker {
 public:
  Checker(const History& history, const FinalState& final_state) : history_(history), final_(final_state) {}

  std::vector<Finding> Run() {
    CollectLeases();
    CollectCallsUnderLeases();
    CheckAnswersOfRequests();
    CheckSweeps();
    CheckOverlaps();
    CheckResults();
    CheckMeasurements();
    CheckEnd();
    return std::move(findings_);
  }

 private:
  void Find(FindingKind kind, std::string text) { findings_.push_back({kind, std::move(text)}); }

  void CollectLeases() {
    for (const Operation& op : history_) {
      if (!op.granted || op.outcome != Outcome::kAcknowledged) continue;
      LeaseStory& lease = leases_[op.granted->token];
      lease.stage = op.granted->stage;
      lease.attempt = op.granted->attempt;
      lease.known_at = std::min(lease.known_at, op.end);
      if (!op.worker.empty()) lease.workers.insert(op.worker);
    }
    std::map<std::pair<std::string, int>, std::string> token_of_attempt;
    for (const auto& [token, lease] : leases_) {
      if (lease.workers.size() > 1) {
        Find(FindingKind::kBroken, "lease " + token + " of stage " + lease.stage + " was given to two workers");
      }
      const auto [it, is_new] = token_of_attempt.emplace(std::pair(lease.stage, lease.attempt), token);
      if (!is_new) {
        Find(FindingKind::kBroken, "attempt " + std::to_string(lease.attempt) + " of stage " + lease.stage +
                                       " has two leases, " + it->second + " and " + token);
      }
    }
  }

  void Take(const std::string& token, const Operation& op) {
    const auto it = leases_.find(token);
    if (it == leases_.end() || op.begin <= it->second.last_taken_begin) return;
    it->second.last_taken_begin = op.begin;
    it->second.taken = &op;
  }

  void CollectCallsUnderLeases() {
    // A repeat of a completion is answered from the record of the first, whoever has the stage by then.
    std::map<std::string, const Operation*> first_of_request;
    for (const Operation& op : history_) {
      if (op.kind != Kind::kComplete) continue;
      const auto [it, is_new] = first_of_request.emplace(op.request_id, &op);
      if (!is_new && op.begin < it->second->begin) it->second = &op;
    }
    for (const Operation& op : history_) {
      if (op.outcome != Outcome::kAcknowledged) continue;
      if (op.kind == Kind::kReport) Take(op.token, op);
      if (op.kind == Kind::kComplete) Take(op.token, *first_of_request.at(op.request_id));
      if (op.kind != Kind::kRenew) continue;
      for (const std::string& token : op.tokens) {
        if (std::find(op.lost_tokens.begin(), op.lost_tokens.end(), token) == op.lost_tokens.end()) Take(token, op);
      }
    }
  }

  // A repeat gets the first answer.
  void CheckAnswersOfRequests() {
    std::map<std::string, std::set<std::string>> answers;
    for (const Operation& op : history_) {
      if (op.request_id.empty() || op.outcome != Outcome::kAcknowledged) continue;
      if (op.kind == Kind::kSubmit) answers[op.request_id].insert(op.sweep);
      // No lease in the answer changes nothing: a repeat may find one.
      if (op.kind == Kind::kAcquire && op.granted) answers[op.request_id].insert(op.granted->token);
    }
    for (const auto& [request, given] : answers) {
      if (given.size() > 1) {
        Find(FindingKind::kDuplicated,
             "request " + request + " got different answers: " + *given.begin() + " and " + *std::next(given.begin()));
      }
    }
  }

  void CheckSweeps() {
    std::set<std::string> requests;
    for (const Operation& op : history_) {
      if (op.kind != Kind::kSubmit) continue;
      requests.insert(op.request_id);
      if (op.outcome == Outcome::kAcknowledged && !final_.sweeps.contains(op.sweep)) {
        Find(FindingKind::kLost, op.sweep + " was acknowledged and is not there");
      }
    }
    if (final_.sweeps.size() > requests.size()) {
      Find(FindingKind::kDuplicated, std::to_string(requests.size()) + " sweeps were submitted and " +
                                         std::to_string(final_.sweeps.size()) + " are there");
    }
  }

  // Once somebody knows that he has a later lease of the stage, no call that begins under an earlier one is taken.
  void CheckOverlaps() {
    std::map<std::string, std::vector<const LeaseStory*>> of_stage;
    for (const auto& [token, lease] : leases_) of_stage[lease.stage].push_back(&lease);
    for (auto& [stage, leases] : of_stage) {
      std::sort(leases.begin(), leases.end(),
                [](const LeaseStory* a, const LeaseStory* b) { return a->attempt < b->attempt; });
      int64_t later_known_at = kNever;
      for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease) {
        if ((*lease)->taken != nullptr && (*lease)->last_taken_begin > later_known_at) {
          Find(FindingKind::kBroken, "a call under attempt " + std::to_string((*lease)->attempt) + " of stage " +
                                         stage + " was taken when a later attempt was under way");
        }
        later_known_at = std::min(later_known_at, (*lease)->known_at);
      }
    }
  }

  const LeaseStory* LeaseOf(const Operation& op) const {
    const auto it = leases_.find(op.token);
    return it == leases_.end() ? nullptr : &it->second;
  }

  void CheckResults() {
    std::map<std::string, std::map<std::string, const Operation*>> acknowledged;  // stage, token
    std::map<std::string, std::set<std::string>> sent;                            // stage -> payloads
    for (const Operation& op : history_) {
      if (op.kind != Kind::kComplete || !op.is_success) continue;
      const LeaseStory* const lease = LeaseOf(op);
      if (lease == nullptr) {
        if (op.outcome == Outcome::kAcknowledged) {
          Find(FindingKind::kBroken, "a result under a lease that nobody was given was taken: " + op.token);
        }
        continue;
      }
      // Refused for good, it must not be what is stored, unless the same request was taken another time.
      if (op.outcome != Outcome::kRefused) sent[lease->stage].insert(op.payload);
      if (op.outcome == Outcome::kAcknowledged) acknowledged[lease->stage].emplace(op.token, &op);
    }
    for (const auto& [stage, of_token] : acknowledged) {
      if (of_token.size() > 1) Find(FindingKind::kDuplicated, "stage " + stage + " has two acknowledged results");
      const auto it = final_.stages.find(stage);
      const bool is_stored = it != final_.stages.end() && it->second.state == "SUCCEEDED" &&
                             it->second.result_json == of_token.begin()->second->payload;
      if (!is_stored) Find(FindingKind::kLost, "the acknowledged result of stage " + stage + " is not stored");
    }
    for (const auto& [key, stage] : final_.stages) {
      if (stage.state != "SUCCEEDED") continue;
      if (!sent[key].contains(stage.result_json)) {
        Find(FindingKind::kBroken, "the stored result of stage " + key + " was never sent, or was refused");
      }
      if (!stage.artifacts_whole) Find(FindingKind::kLost, "an artifact of stage " + key + " is not there or damaged");
    }
  }

  // The lease under which the stored result came.
  std::string CommittedToken(const std::string& key, const FinalStage& stage) const {
    const auto it = token_of_result_.find({key, stage.result_json});
    return it == token_of_result_.end() ? "" : it->second;
  }

  // What the attempt that made the result had measured and was told to be kept is there. Earlier attempts' may have
  // been replaced.
  void CheckMeasurements() {
    for (const Operation& op : history_) {
      if (op.kind != Kind::kComplete || !op.is_success || op.outcome == Outcome::kRefused) continue;
      if (const LeaseStory* const lease = LeaseOf(op)) token_of_result_[{lease->stage, op.payload}] = op.token;
    }
    std::map<std::string, std::vector<const Operation*>> by_token;
    for (const Operation& op : history_) {
      if ((op.kind == Kind::kReport || op.kind == Kind::kComplete) && !op.measured.empty()) {
        by_token[op.token].push_back(&op);
      }
    }
    for (const auto& [key, stage] : final_.stages) {
      if (stage.state != "SUCCEEDED") continue;
      const auto reports = by_token.find(CommittedToken(key, stage));
      if (reports == by_token.end()) continue;
      for (const Operation* op : reports->second) CheckMeasured(*op, reports->second, key, stage);
    }
  }

  void CheckMeasured(const Operation& op, const std::vector<const Operation*>& reports, const std::string& key,
                     const FinalStage& stage) {
    if (op.outcome != Outcome::kAcknowledged) return;
    for (const auto& [place, value] : op.measured) {
      const auto stored = stage.measured.find(place);
      if (stored != stage.measured.end() && stored->second == value) continue;
      const bool replaced = std::any_of(reports.begin(), reports.end(), [&, &place = place](const Operation* later) {
        return later->end > op.begin && later != &op && later->measured.contains(place);
      });
      if (stored != stage.measured.end() && replaced) continue;
      Find(FindingKind::kLost, "measurement " + place.first + " at step " + std::to_string(place.second) +
                                   " of stage " + key + " was acknowledged and is not stored");
    }
  }

  void CheckEnd() {
    for (const auto& [key, stage] : final_.stages) {
      if (stage.state != "SUCCEEDED") Find(FindingKind::kStuck, "stage " + key + " is " + stage.state);
    }
    for (const auto& [name, state] : final_.sweeps) {
      if (state != "SUCCEEDED") Find(FindingKind::kStuck, name + " is " + state);
    }
  }

  const History& history_;
  const FinalState& final_;
  std::map<std::string, LeaseStory> leases_;  // by token
  std::map<std::pair<std::string, std::string>, std::string> token_of_result_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> CheckHistory(const History& history, const FinalState& final_state) {
  return Checker(history, final_state).Run();
}

}  // namespace winnow::chaos
