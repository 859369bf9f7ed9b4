#include "kernel/instruction_set.h"

#include <gtest/gtest.h>

namespace pedigree {

// On an x86 machine with AVX-512 NEON once counted as supported, and the plain kernels ran.
TEST(InstructionSets, TheWidestOfTheMachineIsTaken) {
  EXPECT_EQ(widest({}), InstructionSet::plain);
  EXPECT_EQ(widest({.avx2 = true}), InstructionSet::avx2);
  EXPECT_EQ(widest({.avx2 = true, .avx512 = true}), InstructionSet::avx512);
  EXPECT_EQ(widest({.neon = true}), InstructionSet::neon);
  EXPECT_FALSE(supported(InstructionSet::neon, {.avx2 = true, .avx512 = true}));
  EXPECT_FALSE(supported(InstructionSet::avx512, {.avx2 = true}));
  EXPECT_TRUE(supported(widest_supported()));
  EXPECT_EQ(instruction_set(), widest_supported());
}

// All sets of another processor are foreign to this one.
TEST(InstructionSets, AreThoseOfOneArchitecture) {
  const Features f = features();
  EXPECT_FALSE(f.neon && (f.avx2 || f.avx512));
  EXPECT_TRUE(f.avx2 || !f.avx512);
}

}  // namespace pedigree
