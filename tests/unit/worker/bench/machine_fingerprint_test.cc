#include "worker/bench/machine_fingerprint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/sha256.h"

namespace winnow::worker {
namespace {

// A machine of files.
class ReadMachineTest : public ::testing::Test {
 protected:
  ReadMachineTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "winnow-machine-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~ReadMachineTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  MachineFiles Files() const { return {root_ / "cpuinfo", root_ / "cpu", root_ / "os-release"}; }

  std::filesystem::path root_;
};

TEST_F(ReadMachineTest, ReadsProcessorCachesAndSystem) {
  Write("cpuinfo",
        "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC 9755\nstepping\t: 1\n\n"
        "processor\t: 1\nmodel name\t: another\n");
  Write("cpu/online", "0-3,8\n");
  const char* levels[][3] = {
      {"1", "Data", "48K"}, {"1", "Instruction", "32K"}, {"2", "Unified", "1M"}, {"3", "Unified", "32768K"}};
  for (int i = 0; i < 4; ++i) {
    const std::string folder = "cpu/cpu0/cache/index" + std::to_string(i);
    Write(folder + "/level", levels[i][0]);
    Write(folder + "/type", levels[i][1]);
    Write(folder + "/size", levels[i][2]);
  }
  Write("os-release", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\n");
  const MachineFingerprint machine = ReadMachine(Files());
  EXPECT_EQ(machine.cpu, "AMD EPYC 9755");
  EXPECT_EQ(machine.family, 26);
  EXPECT_EQ(machine.model, 2);
  EXPECT_EQ(machine.cores, 5);
  EXPECT_EQ(machine.l1d_bytes, 48 * 1024);
  EXPECT_EQ(machine.l2_bytes, 1 << 20);
  EXPECT_EQ(machine.l3_bytes, 32 << 20);
  EXPECT_EQ(machine.os, "debian 12");
}

TEST_F(ReadMachineTest, LeavesUnknownWhatNoFileTells) {
  const MachineFingerprint machine = ReadMachine(Files());
  EXPECT_EQ(machine.cpu, "unknown");
  EXPECT_EQ(machine.os, "unknown");
  EXPECT_GT(machine.cores, 0);  // asked of the system
}

TEST(MachineFingerprint, DigestIsThatOfTheOtherMembers) {
  MachineFingerprint machine{.cpu = "c", .family = 1, .isa = "avx2", .libtorch = "1.13.0"};
  Json json = machine.ToJson();
  const std::string digest = json.at("digest");
  json.erase("digest");
  EXPECT_EQ(digest, Sha256Hex(json.dump()));
  machine.isa = "avx512";
  EXPECT_NE(machine.ToJson().at("digest"), digest);
}

TEST(ThisMachine, IsTheSameEveryTime) {
  EXPECT_EQ(ThisMachine().ToJson(), ThisMachine().ToJson());
  EXPECT_NE(ThisMachine().libtorch, "");
  EXPECT_NE(ThisMachine().isa, "");
}

}  // namespace
}  // namespace winnow::worker
