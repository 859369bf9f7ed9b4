#include "commit/packed_words.h"

#include <gtest/gtest.h>

namespace pedigree {

namespace {

// Blocks of every width, with the extremes of each, and a last block that is not whole.
std::vector<F> words_of_all_widths() {
  std::vector<F> words(6 * 64 + 5);
  const i64 most[] = {0, 127, 32767, 2147483647, i64{1} << 62, 5};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const i64 limit = most[i / 64 % 6];
    words[i] = F::from_int(i % 3 == 0 ? limit : i % 3 == 1 ? -limit : 0);
    if (limit != 0 && i % 64 == 7) words[i] = F::from_int(-limit - 1);
  }
  return words;
}

TEST(PackedWords, ComeBackAsTheyWere) {
  for (std::size_t size : {0, 1, 63, 64, 65, 389}) {
    std::vector<F> words = words_of_all_widths(), back;
    words.resize(size);
    const std::vector<u8> bytes = pack_words(words);
    ASSERT_TRUE(unpack_words(bytes, back));
    EXPECT_EQ(back, words) << size;
  }
}

TEST(PackedWords, SmallIntegersAreSmall) {
  const std::vector<F> words(6400, F::from_int(-100));
  EXPECT_EQ(pack_words(words).size(), 8u + 100 + 6400);
}

TEST(PackedWords, OtherBytesAreRefused) {
  const std::vector<u8> bytes = pack_words(words_of_all_widths());
  std::vector<F> back;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(unpack_words(std::span<const u8>(bytes).first(size), back)) << size;
  std::vector<u8> longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(unpack_words(longer, back));
  std::vector<u8> wide = bytes;
  wide[8 + 1] = 3;
  EXPECT_FALSE(unpack_words(wide, back));
}

}  // namespace

}  // namespace pedigree
