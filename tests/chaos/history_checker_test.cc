#include "tests/chaos/history_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::chaos {
namespace {

using Kind = Operation::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Makes histories by hand: a call every 10 ns that takes 5, unless it is said otherwise.
class CheckHistoryTest : public ::testing::Test {
 protected:
  Operation& Add(Kind kind, Outcome outcome = Outcome::kAcknowledged) {
    Operation op;
    op.kind = kind;
    op.begin = now_ += 10;
    op.end = outcome == Outcome::kUnknown ? kNever : op.begin + 5;
    op.outcome = outcome;
    return history_.emplace_back(std::move(op));
  }
  Operation& Submit(const std::string& request, const std::string& sweep) {
    Operation& op = Add(Kind::kSubmit);
    op.request_id = request;
    op.sweep = sweep;
    return op;
  }
  Operation& Grant(const std::string& token, const std::string& stage, int attempt, const std::string& worker = "w1") {
    Operation& op = Add(Kind::kAcquire);
    op.request_id = "acquire " + token;
    op.worker = worker;
    op.granted = GrantedToken{token, stage, attempt};
    return op;
  }
  Operation& Complete(const std::string& token, const std::string& payload, Outcome outcome = Outcome::kAcknowledged) {
    Operation& op = Add(Kind::kComplete, outcome);
    op.request_id = "complete " + token;
    op.token = token;
    op.is_success = true;
    op.payload = payload;
    return op;
  }
  Operation& Report(const std::string& token, double loss, Outcome outcome = Outcome::kAcknowledged) {
    Operation& op = Add(Kind::kReport, outcome);
    op.token = token;
    op.measured[{"loss", 1}] = loss;
    return op;
  }
  Operation& Renew(const std::string& token, bool is_lost = false) {
    Operation& op = Add(Kind::kRenew);
    op.tokens = {token};
    if (is_lost) op.lost_tokens = {token};
    return op;
  }
  void Store(const std::string& stage, const std::string& payload) {
    final_.stages[stage].state = "SUCCEEDED";
    final_.stages[stage].result_json = payload;
  }
  std::vector<FindingKind> Kinds() const {
    std::vector<FindingKind> kinds;
    for (const Finding& finding : CheckHistory(history_, final_)) kinds.push_back(finding.kind);
    return kinds;
  }

  History history_;
  FinalState final_;
  int64_t now_ = 0;
};

TEST_F(CheckHistoryTest, PassesAnUndisturbedRun) {
  Submit("r", "sweeps/a");
  Grant("t1", "s", 1);
  Report("t1", 0.5);
  Renew("t1");
  Complete("t1", "{1}");
  Store("s", "{1}");
  final_.stages["s"].measured[{"loss", 1}] = 0.5;
  final_.sweeps["sweeps/a"] = "SUCCEEDED";
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, PassesALostReplyThatWasCarriedOutAndOneThatWasNot) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}", Outcome::kUnknown);
  Grant("t2", "q", 1);
  Complete("t2", "{2}", Outcome::kUnknown);
  Grant("t3", "q", 2);
  Complete("t3", "{3}");
  Store("s", "{1}");
  Store("q", "{3}");
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, PassesALateReportThatIsRefused) {
  Grant("t1", "s", 1, "w1");
  Grant("t2", "s", 2, "w2");
  Renew("t1", /*is_lost=*/true);
  Complete("t1", "{1}", Outcome::kRefused);
  Complete("t2", "{2}");
  Store("s", "{2}");
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, PassesARepeatedCompletionThatIsAnsweredFromTheRecord) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}", Outcome::kUnknown);
  Complete("t1", "{1}");
  Store("s", "{1}");
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, FindsAnAcknowledgedResultThatIsGone) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}");
  final_.stages["s"].state = "QUEUED";
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost, FindingKind::kStuck));
}

TEST_F(CheckHistoryTest, FindsAnAcknowledgedResultThatWasOverwritten) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}");
  Grant("t2", "s", 2);
  Complete("t2", "{2}", Outcome::kUnknown);
  Store("s", "{2}");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost));
}

TEST_F(CheckHistoryTest, FindsTwoAcknowledgedResults) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}");
  Grant("t2", "s", 2);
  Complete("t2", "{1}");
  Store("s", "{1}");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kDuplicated));
}

TEST_F(CheckHistoryTest, FindsARefusedResultThatIsStored) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}", Outcome::kRefused);
  Store("s", "{1}");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kBroken));
}

TEST_F(CheckHistoryTest, FindsARenewalUnderALeaseThatHadPassedOn) {
  Grant("t1", "s", 1, "w1");
  Grant("t2", "s", 2, "w2");
  Renew("t1");
  Complete("t2", "{2}");
  Store("s", "{2}");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kBroken));
}

TEST_F(CheckHistoryTest, PassesARenewalThatBeganBeforeTheLaterLeaseWasKnown) {
  Grant("t1", "s", 1, "w1");
  Operation& renewal = Renew("t1");
  renewal.end = renewal.begin + 1000;  // its reply was slow
  Grant("t2", "s", 2, "w2");
  Complete("t2", "{2}");
  Store("s", "{2}");
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, FindsTwoLeasesOfOneAttempt) {
  Grant("t1", "s", 1, "w1");
  Grant("t2", "s", 1, "w2");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kBroken));
}

TEST_F(CheckHistoryTest, FindsALeaseGivenToTwoWorkers) {
  Grant("t1", "s", 1, "w1");
  Grant("t1", "s", 1, "w2");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kBroken));
}

TEST_F(CheckHistoryTest, FindsARequestWithTwoAnswers) {
  Grant("t1", "s", 1).request_id = "same";
  Grant("t2", "q", 1).request_id = "same";
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kDuplicated));
}

TEST_F(CheckHistoryTest, FindsAnAcknowledgedSweepThatIsGone) {
  Submit("r", "sweeps/a");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost));
}

TEST_F(CheckHistoryTest, FindsASweepThatWasMadeTwice) {
  Submit("r", "sweeps/a");
  final_.sweeps = {{"sweeps/a", "SUCCEEDED"}, {"sweeps/a-2", "SUCCEEDED"}};
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kDuplicated));
}

TEST_F(CheckHistoryTest, FindsAMeasurementThatIsGone) {
  Grant("t1", "s", 1);
  Report("t1", 0.5);
  Complete("t1", "{1}");
  Store("s", "{1}");
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost));
}

TEST_F(CheckHistoryTest, PassesAMeasurementThatALaterReportReplaced) {
  Grant("t1", "s", 1);
  Report("t1", 0.5);
  Report("t1", 0.25, Outcome::kUnknown);
  Complete("t1", "{1}");
  Store("s", "{1}");
  final_.stages["s"].measured[{"loss", 1}] = 0.25;
  EXPECT_THAT(Kinds(), IsEmpty());
}

TEST_F(CheckHistoryTest, FindsAnOlderMeasurementInPlaceOfANewerOne) {
  Grant("t1", "s", 1);
  Report("t1", 0.5);
  Report("t1", 0.25);
  Complete("t1", "{1}");
  Store("s", "{1}");
  final_.stages["s"].measured[{"loss", 1}] = 0.5;
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost));
}

TEST_F(CheckHistoryTest, FindsADamagedArtifact) {
  Grant("t1", "s", 1);
  Complete("t1", "{1}");
  Store("s", "{1}");
  final_.stages["s"].artifacts_whole = false;
  EXPECT_THAT(Kinds(), ElementsAre(FindingKind::kLost));
}

}  // namespace
}  // namespace winnow::chaos
