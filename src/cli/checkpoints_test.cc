// States and attempts on disk: what is altered, cut or of another run is never read.
#include "cli/checkpoints.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/attempt_folder.h"
#include "cli/files.h"

namespace pedigree::cli {
namespace {

namespace fs = std::filesystem;

class OnDisk : public testing::Test {
 protected:
  OnDisk() { fs::create_directories(folder_); }
  ~OnDisk() override { fs::remove_all(folder_); }

  void put(const std::string& path, const std::vector<u8>& bytes) const {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  const std::string folder_ =
      fs::temp_directory_path() / ("pedigree_on_disk_" + std::to_string(::getpid()));
  const Digest run_ = keccak256(bytes_of("a run")), other_ = keccak256(bytes_of("another"));
};

class CheckpointsTest : public OnDisk {
 protected:
  static train::WeightState state(i64 x) {
    return {{{x, -x, 3}, {i64{1} << 50}}, {{{1, 2, 3}, {4, 5, x}}, {{6}, {-7}}}};
  }
  static std::string name(u32 step) {
    std::string digits = std::to_string(step);
    return "/checkpoint-" + std::string(8 - digits.size(), '0') + digits + ".bin";
  }
  void expect_passed_over() const {
    std::vector<std::string> skipped;
    EXPECT_EQ(checkpoints_.newest(100, &skipped).step, 0u);
    ASSERT_EQ(skipped.size(), 1u);
    EXPECT_NE(skipped[0].find("checkpoint-"), std::string::npos) << skipped[0];
    EXPECT_TRUE(skipped[0].ends_with("; passed over")) << skipped[0];
  }
  const Checkpoints checkpoints_{folder_ + "/checkpoints", run_};
  const std::string place_ = folder_ + "/checkpoints";
};

TEST_F(CheckpointsTest, TheNewestSoundOneThatIsNotLater) {
  EXPECT_EQ(checkpoints_.newest(100).step, 0u);
  for (const u32 step : {3u, 20u, 10u}) checkpoints_.write(step, state(step));
  for (const auto& [most, found] :
       std::map<u32, u32>{{2, 0}, {3, 3}, {9, 3}, {10, 10}, {19, 10}, {20, 20}, {100, 20}}) {
    const Checkpoints::Found newest = checkpoints_.newest(most);
    EXPECT_EQ(newest.step, found) << most;
    if (found == 0) continue;
    EXPECT_EQ(newest.state.entries, state(found).entries);
    EXPECT_EQ(newest.state.history, state(found).history);
  }
  std::vector<u8> bytes = read_bytes(place_ + name(20));
  bytes[bytes.size() / 2] ^= 1;
  put(place_ + name(20), bytes);
  std::vector<std::string> skipped;
  EXPECT_EQ(checkpoints_.newest(100, &skipped).step, 10u);
  EXPECT_EQ(skipped.size(), 1u);
  // Written again over the broken one.
  checkpoints_.write(20, state(20));
  EXPECT_EQ(checkpoints_.newest(100).step, 20u);
}

TEST_F(CheckpointsTest, EveryFlippedByteIsFound) {
  checkpoints_.write(7, state(7));
  const std::vector<u8> whole = read_bytes(place_ + name(7));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<u8> bytes = whole;
    bytes[i] ^= static_cast<u8>(1u << i % 8);
    put(place_ + name(7), bytes);
    SCOPED_TRACE(i);
    expect_passed_over();
  }
}

TEST_F(CheckpointsTest, EveryCutIsFound) {
  checkpoints_.write(7, state(7));
  std::vector<u8> bytes = read_bytes(place_ + name(7));
  bytes.push_back(0);
  put(place_ + name(7), bytes);
  expect_passed_over();
  bytes.pop_back();
  while (!bytes.empty()) {
    bytes.pop_back();
    put(place_ + name(7), bytes);
    SCOPED_TRACE(bytes.size());
    expect_passed_over();
  }
}

TEST_F(CheckpointsTest, StatesOfAnotherRunOrStepAreNotRead) {
  Checkpoints(place_, other_).write(7, state(7));
  expect_passed_over();
  checkpoints_.write(7, state(7));
  EXPECT_EQ(checkpoints_.newest(100).step, 7u);
  fs::rename(place_ + name(7), place_ + name(8));
  expect_passed_over();
}

TEST_F(CheckpointsTest, OtherFilesAreLeftAlone) {
  checkpoints_.write(7, state(7));
  for (const char* file : {"/checkpoint-9.bin", "/checkpoint-0000000x.bin",
                           "/checkpoint-00000009.bin.partial-1-0", "/notes"})
    put(place_ + file, {1, 2, 3});
  std::vector<std::string> skipped;
  EXPECT_EQ(checkpoints_.newest(100, &skipped).step, 7u);
  EXPECT_TRUE(skipped.empty());
}

class AttemptFolderTest : public OnDisk {
 protected:
  const std::string place_ = folder_ + "/attempt";
  const std::vector<u8> bytes_{1, 2, 3, 4, 5};
};

TEST_F(AttemptFolderTest, GoesOnWithItsSeedAndParts) {
  AttemptFolder first(place_, run_);
  EXPECT_FALSE(first.resumed());
  first.save("segment-0.proof", bytes_);
  AttemptFolder second(place_, run_);
  EXPECT_TRUE(second.resumed());
  EXPECT_EQ(second.seed(), first.seed());
  EXPECT_EQ(second.id(), first.id());
  std::vector<u8> found;
  EXPECT_TRUE(second.load("segment-0.proof", found));
  EXPECT_EQ(found, bytes_);
  EXPECT_FALSE(second.load("segment-1.proof", found));
}

TEST_F(AttemptFolderTest, AnotherStatementHasAnotherSeedAndNoParts) {
  const AttemptFolder first(place_, run_);
  AttemptFolder(place_, run_).save("segment-0.proof", bytes_);
  AttemptFolder second(place_, other_);
  EXPECT_FALSE(second.resumed());
  EXPECT_FALSE(second.seed() == first.seed());
  std::vector<u8> found;
  EXPECT_FALSE(second.load("segment-0.proof", found));
  EXPECT_FALSE(AttemptFolder(place_, run_).seed() == first.seed()) << "the first seed is gone";
}

TEST_F(AttemptFolderTest, EveryFlippedByteOfTheKeyBeginsAnew) {
  const Digest seed = AttemptFolder(place_, run_).seed();
  const std::vector<u8> key = read_bytes(place_ + "/attempt.key");
  for (std::size_t i = 0; i <= key.size(); ++i) {
    std::vector<u8> bytes = key;
    if (i < key.size())
      bytes[i] ^= static_cast<u8>(1u << i % 8);
    else
      bytes.pop_back();
    put(place_ + "/attempt.key", bytes);
    put(place_ + "/segment-0.proof", {1});
    const AttemptFolder attempt(place_, run_);
    EXPECT_FALSE(attempt.resumed()) << i;
    EXPECT_FALSE(attempt.seed() == seed) << i;
    EXPECT_FALSE(fs::exists(place_ + "/segment-0.proof")) << i;
  }
}

TEST_F(AttemptFolderTest, EveryFlippedOrMissingByteOfAPartIsFound) {
  AttemptFolder attempt(place_, run_);
  attempt.save("part", bytes_);
  const std::vector<u8> whole = read_bytes(place_ + "/part");
  std::vector<u8> found;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<u8> bytes = whole;
    bytes[i] ^= static_cast<u8>(1u << i % 8);
    put(place_ + "/part", bytes);
    EXPECT_FALSE(attempt.load("part", found)) << i;
    bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
    put(place_ + "/part", bytes);
    EXPECT_FALSE(attempt.load("part", found)) << i;
  }
}

TEST_F(OnDisk, LeftoversOfKilledProcessesGoAndThoseOfLivingOnesStay) {
  const std::string own = ".partial-" + std::to_string(::getpid()), living = ".partial-1-00000000";
  put(folder_ + "/a" + own, {1});                       // of a process whose id came again
  put(folder_ + "/a.partial-999999999-12345678", {1});  // of one that is gone
  put(folder_ + "/a" + living, {1});
  put(folder_ + "/a.partial-notes", {1});
  put(folder_ + "/b.partial-999999999-1", {1});
  write_file(folder_ + "/a", std::vector<u8>{7});
  EXPECT_EQ(read_bytes(folder_ + "/a"), std::vector<u8>{7});
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "a" + living, "a.partial-notes",
                                             "b.partial-999999999-1"}));
  remove_leftovers(folder_);
  EXPECT_FALSE(fs::exists(folder_ + "/b.partial-999999999-1"));
  write_folder(folder_ + "/c", {{"file", {1}}});
  EXPECT_TRUE(fs::exists(folder_ + "/c/file"));
}

}  // namespace
}  // namespace pedigree::cli
