// Signatures, grants, budgets and files of datasets.
#include "custody/manifest.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>

#include "custody/dataset_folder.h"
#include "custody/revocations.h"
#include "record/csv.h"
#include "train/error.h"
#include "wire/codec.h"

namespace pedigree::custody {
namespace {

namespace fs = std::filesystem;

// Records of one bit, every one of them equal.
record::Dataset one_bit(u32 records, u32 first = 0) {
  std::string text = "a,y\n";
  for (u32 n = 0; n < records; ++n) text += n == 0 && first ? "1,1\n" : "0,0\n";
  record::Schema schema;
  schema.features = {{.name = "a", .offset = {}}};
  schema.label.name = "y";
  schema.categories = {"0", "1"};
  return record::parse_dataset(text, "bits.csv", {.label = "y", .schema = schema});
}

TEST(DatasetLayout, UsualOpeningsFillTheHeightOfEight) {
  EXPECT_EQ(usual_openings(10, 64, 10, Profile::fast), 8u);
  EXPECT_EQ(usual_openings(1797, 64, 10, Profile::fast), 14u);
  EXPECT_EQ(usual_openings(60000, 784, 10, Profile::bulk), 16u);
  const auto height = [](u32 records, Profile p, u32 openings) {
    return dataset_layout(records, 30, 1, p, openings).log_rows;
  };
  for (const Profile p : kProfiles)
    for (u32 records = 1; records < 5000; records += 37) {
      const u32 usual = usual_openings(records, 30, 1, p);
      ASSERT_GE(usual, 8u);
      ASSERT_LE(usual, 16u);
      EXPECT_LE(height(records, p, usual), std::max(height(records, p, 8), min_file_log_rows(p)));
    }
}

Terms terms(u32 openings = 2) {
  return {.name = "bits",
          .licence = "CC-BY-4.0",
          .purpose = "tests",
          .valid_from = 20000,
          .valid_until = 30000,
          .openings = openings};
}

class Place {
 public:
  explicit Place(const DatasetFolder& d)
      : path_((fs::temp_directory_path() /
               ("pedigree-custody-" + std::to_string(::getpid()) + "-" + std::to_string(next_++)))
                  .string()) {
    fs::create_directory(path_);
    for (const DatasetFile& f : dataset_files(d))
      std::ofstream(path_ + "/" + f.name, std::ios::binary)
          .write(reinterpret_cast<const char*>(f.bytes.data()),
                 static_cast<std::streamsize>(f.bytes.size()));
  }
  ~Place() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string read(const char* name) const { return record::read_file(path_ + "/" + name); }
  void write(const char* name, const std::string& bytes) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
  }

 private:
  static inline int next_ = 0;
  std::string path_;
};

template <class Call>
int exit_of(Call call) {
  try {
    call();
    return 0;
  } catch (const train::Error& e) {
    return e.exit_code();
  }
}

// Changes the field number `at`, keeping it in range where it can be: the signature must tell.
struct Alter {
  int at;
  Arena* arena = nullptr;
  int now = 0;
  void operator()(const char*, Digest& d) noexcept {
    if (now++ == at) d.bytes[3] ^= 1;
  }
  void operator()(const char*, K& k) noexcept {
    if (now++ == at) k.c[1] += kOne;
  }
  void operator()(const char*, Profile& p) noexcept {
    if (now++ == at) p = p == Profile::fast ? Profile::small : Profile::fast;
  }
  template <class T>
  void operator()(const char*, T& x) noexcept {
    if (now++ == at) x = static_cast<T>(x + 1);
  }
  template <class Each>
  void list(const char*, Vec<u8>& v, u32, Each) noexcept {
    if (now++ == at) v[0] = v[0] == 'x' ? 'y' : 'x';
  }
  template <class Each>
  void list(const char*, Vec<Digest>& v, u32, Each) noexcept {
    if (now++ != at) return;
    v = Vec<Digest>(*arena, v.span());
    if (v.empty())
      v.push_back(Digest());
    else
      v[0].bytes[3] ^= 1;
  }
};

constexpr int kAmong = 18, kCustodian = 19, kResponses = 20 + 64;  // numbers of fields

void expect_all_bound(const DatasetFolder& d) {
  ASSERT_TRUE(verify_manifest(d.manifest).ok());
  Alter count{-1};
  Manifest scratch = d.manifest;
  visit_manifest(count, scratch);
  EXPECT_EQ(count.now, 22 + 64 - 1);
  const bool ring = !d.manifest.among.empty();
  for (int field = 0; field < count.now; ++field) {
    DatasetFolder other = make_declared(one_bit(20), terms());  // texts of its own
    Manifest m = d.manifest;
    m.name = Vec<u8>(other.arena->get(), d.manifest.name.span());
    m.licence = other.manifest.licence;
    m.purpose = other.manifest.purpose;
    ASSERT_TRUE(verify_manifest(m).ok());
    Alter alter{field, &other.arena->get()};
    visit_manifest(alter, m);
    const auto verdict = verify_manifest(m);
    ASSERT_FALSE(verdict.ok()) << field;
    // Only the version leaves its range, a ring its digest, and a key is no ring.
    const bool range = field == 0 || field == kAmong || (ring && field == kCustodian) ||
                       (!ring && field == kResponses);
    EXPECT_EQ(verdict.why().check, range ? Check::manifest_fields : Check::manifest_signature)
        << field;
  }
}

TEST(Manifest, EveryAlteredFieldIsRefused) {  // A47
  const SigningKey custodian = new_key(), other = new_key(), licensee = new_key();
  const DatasetFolder d = make_signed(one_bit(20), terms(), custodian);
  expect_all_bound(d);
  expect_all_bound(make_grant(
      d, {licensee.public_key, 2, {custodian.public_key, other.public_key}, "a group"}, custodian));
}

TEST(Manifest, FieldsOutOfRangeAreRefused) {
  const DatasetFolder d = make_declared(one_bit(20), terms());
  ASSERT_TRUE(verify_manifest(d.manifest).ok());
  const auto index = [&](auto change) {
    Manifest m = d.manifest;
    change(m);
    const auto verdict = verify_manifest(m);
    EXPECT_FALSE(verdict.ok());
    EXPECT_EQ(verdict.why().check, Check::manifest_fields);
    return static_cast<int>(verdict.why().index);
  };
  EXPECT_EQ(index([](Manifest& m) { m.name.clear(); }), 1);
  EXPECT_EQ(index([](Manifest& m) { m.records = 0; }), 2);
  EXPECT_EQ(index([](Manifest& m) { m.records = (1u << 24) + 1; }), 2);
  EXPECT_EQ(index([](Manifest& m) { m.distinct = m.records + 1; }), 3);
  EXPECT_EQ(index([](Manifest& m) { m.features = 0; }), 4);
  EXPECT_EQ(index([](Manifest& m) { m.labels = 1u << 20; }), 5);
  EXPECT_EQ(index([](Manifest& m) { m.input_bits = 21; }), 6);
  EXPECT_EQ(index([](Manifest& m) { m.valid_until = m.valid_from - 1; }), 11);
  EXPECT_EQ(index([](Manifest& m) { m.profile = static_cast<Profile>(std::size(kProfiles)); }), 13);
  EXPECT_EQ(index([](Manifest& m) { m.opening_budget = kMaxOpenings + 1; }), 14);
  EXPECT_EQ(index([](Manifest& m) { m.records = 1u << 24, m.features = 1u << 16; }), 14);
  EXPECT_EQ(index([](Manifest& m) { m.licensee.bytes[0] = 1; }), 17);
  EXPECT_EQ(index([](Manifest& m) { m.signature[63] = 1; }), 20);
  const auto digests = [&](std::size_t n) { return Vec<Digest>(d.arena->get(), n); };
  EXPECT_EQ(index([&](Manifest& m) { m.responses = digests(1); }), 18);
  EXPECT_EQ(index([&](Manifest& m) { m.among = digests(2), m.responses = digests(1); }), 18);
  for (const char* licence : {"", "CC BY_4", "a\n"}) {
    Terms t = terms();
    t.licence = licence;
    EXPECT_EQ(exit_of([&] { make_declared(one_bit(2), t); }), 2) << licence;
  }
}

TEST(Manifest, ReadsBackWhatWasWritten) {
  const DatasetFolder d = make_signed(one_bit(20, 1), terms(), new_key());
  const Place place(d);
  const DatasetFolder again = open_dataset(place.path());
  EXPECT_EQ(manifest_digest(again.manifest), manifest_digest(d.manifest));
  EXPECT_EQ(again.data.x, d.data.x);
  EXPECT_EQ(again.data.label, d.data.label);
  EXPECT_EQ(again.manifest.distinct, 2u);
  std::vector<F> first, second;
  const DatasetMessage before = d.message(), after = again.message();
  Words(after).all(first);
  Words(before).all(second);
  EXPECT_TRUE(first == second);
  const std::string bytes = place.read("manifest.bin");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    place.write("manifest.bin", bytes.substr(0, n));
    EXPECT_NE(exit_of([&] { read_manifest(place.path()); }), 0) << n;
  }
  place.write("manifest.bin", bytes + "x");
  EXPECT_EQ(exit_of([&] { read_manifest(place.path()); }), 1);
}

TEST(Dataset, EveryFlippedBitIsFound) {  // A49
  const Place place(make_signed(one_bit(5), terms(), new_key()));
  for (const char* name : {"manifest.bin", "schema.json", "rows.bin", "opening.key"}) {
    const std::string bytes = place.read(name);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string bad = bytes;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      place.write(name, bad);
      EXPECT_NE(exit_of([&] { open_dataset(place.path()); }), 0) << name << " " << at;
    }
    for (std::size_t n = 0; n < bytes.size(); n += 7) {
      place.write(name, bytes.substr(0, n));
      EXPECT_NE(exit_of([&] { open_dataset(place.path()); }), 0) << name << " cut at " << n;
    }
    place.write(name, bytes);
  }
  EXPECT_EQ(exit_of([&] { open_dataset(place.path()); }), 0);
}

TEST(Dataset, LayoutIsThatOfTheHeader) {
  const DatasetFolder d = make_declared(one_bit(5, 1), terms());
  const DatasetLayout l = d.layout();
  EXPECT_EQ(l.log_records, 3u);
  EXPECT_EQ(l.log_columns, 2u);
  EXPECT_EQ(l.answer_pad, 24u);  // 3 columns of 8
  EXPECT_EQ(l.log_rows, 8u);     // 229 random rows
  EXPECT_EQ(l.live_words, (256u - (2 * 116 + 1)) * 64u);
  const DatasetMessage source = d.message();
  const Words message(source);
  // Record 0 has a = 1 and label 1; the others a = 0 and label 0: columns a, y=0, y=1.
  for (u64 word = 0; word < 24; ++word) {
    const bool one = word == 0 || word == 17 - 1 || (word >= 9 && word < 13);
    EXPECT_EQ(message[word].v, one ? 1u : 0u) << word;
  }
  for (u64 word = 27; word < l.live_words; ++word) ASSERT_EQ(message[word].v, 0u) << word;
  std::set<u64> seen;
  for (u64 word = l.live_words; word < message.size(); ++word) seen.insert(message[word].v);
  EXPECT_EQ(seen.size(), message.size() - l.live_words);
}

TEST(Grant, EqualRowsDifferEverywhereAndShareTheirContent) {  // A33
  const SigningKey custodian = new_key(), licensee = new_key();
  const DatasetFolder d = make_signed(one_bit(5), terms(), custodian);
  const DatasetFolder g = make_grant(d, {licensee.public_key, 1, {}, {}}, custodian);
  EXPECT_TRUE(verify_manifest(g.manifest).ok());
  EXPECT_EQ(g.manifest.content, d.manifest.content);
  EXPECT_EQ(g.manifest.schema, d.manifest.schema);
  EXPECT_EQ(g.manifest.licensee, licensee.public_key);
  EXPECT_FALSE(g.manifest.root == d.manifest.root);
  const Place place(g);
  EXPECT_EQ(open_dataset(place.path()).data.x, d.data.x);
  const DatasetFolder same = make_grant(d, {licensee.public_key, 2, {}, {}}, custodian);
  const auto codeword = [](const DatasetFolder& f) {
    const DatasetMessage message = f.message();
    return commit_root(Words(message), {}, dataset_parameters(f.layout(), Profile::fast)).codeword;
  };
  const Buffer<F> a = codeword(d), b = codeword(same);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t at = 0; at < a.size(); ++at) ASSERT_FALSE(a[at] == b[at]) << at;
  EXPECT_EQ(exit_of([&] { make_grant(d, {licensee.public_key, 2, {}, {}}, licensee); }), 2);
}

// Who signs is one of several, and neither content nor signature tells which.
TEST(Grant, OneOfSeveralSignsUnderAContentOfItsOwn) {
  const SigningKey a = new_key(), b = new_key(), c = new_key(), licensee = new_key();
  const std::vector<Digest> keys = {c.public_key, a.public_key, b.public_key};
  for (const SigningKey* custodian : {&a, &b, &c}) {
    const DatasetFolder d = make_signed(one_bit(5), terms(), *custodian);
    const DatasetFolder g =
        make_grant(d, {licensee.public_key, 1, keys, "records of a group"}, *custodian);
    EXPECT_TRUE(verify_manifest(g.manifest).ok());
    EXPECT_EQ(text_of(g.manifest.name), "records of a group");
    EXPECT_FALSE(g.manifest.content == d.manifest.content);
    const Place place(g);
    const DatasetFolder again = open_dataset(place.path());
    EXPECT_EQ(again.data.x, d.data.x);
    EXPECT_EQ(again.manifest.among.size(), 3u);
    Revocations revoked;
    EXPECT_FALSE(revoked.is_revoked(again.manifest));
    revoked.custodians = {b.public_key};
    EXPECT_TRUE(revoked.is_revoked(again.manifest));
    // Nobody grants it on, and an altered ring is none.
    EXPECT_EQ(exit_of([&] { make_grant(g, {licensee.public_key, 1, {}, {}}, *custodian); }), 2);
    const auto verdict = [&](auto change) {
      Manifest m = g.manifest;
      m.among = Vec<Digest>(d.arena->get(), m.among.span());
      m.responses = Vec<Digest>(d.arena->get(), m.responses.span());
      change(m);
      const auto v = verify_manifest(m);
      return v.ok() ? Check::none : v.why().check;
    };
    EXPECT_EQ(verdict([](Manifest& m) { std::swap(m.among[0], m.among[1]); }),
              Check::manifest_fields);
    EXPECT_EQ(verdict([](Manifest& m) { m.among[1] = m.among[0]; }), Check::manifest_fields);
    EXPECT_EQ(verdict([](Manifest& m) { m.responses.pop_back(); }), Check::manifest_fields);
    EXPECT_EQ(verdict([&](Manifest& m) { m.custodian = a.public_key; }), Check::manifest_fields);
    EXPECT_EQ(verdict([&](Manifest& m) {
                m.among.resize(1), m.responses.clear();
                m.custodian = ring_digest(m.among.span());
              }),
              Check::manifest_fields);
    EXPECT_EQ(verdict([&](Manifest& m) {
                m.among.pop_back(), m.responses.pop_back();
                m.custodian = ring_digest(m.among.span());
              }),
              Check::manifest_signature);
  }
  const DatasetFolder d = make_signed(one_bit(5), terms(), a);
  const auto exit_with = [&](std::vector<Digest> ring) {
    return exit_of([&] { make_grant(d, {licensee.public_key, 1, std::move(ring), "a group"}, a); });
  };
  for (const char* name : {"", "bits"})
    EXPECT_EQ(exit_of([&] { make_grant(d, {licensee.public_key, 1, keys, name}, a); }), 2);
  EXPECT_EQ(exit_with({a.public_key}), 2);
  EXPECT_EQ(exit_with({b.public_key, c.public_key}), 2);
  EXPECT_EQ(exit_with({a.public_key, b.public_key, b.public_key}), 2);
  EXPECT_EQ(exit_with({a.public_key, Digest()}), 2);
  std::vector<Digest> many(kMaxRing + 1, a.public_key);
  for (u32 i = 1; i < many.size(); ++i) many[i] = new_key().public_key;
  EXPECT_EQ(exit_with(many), 2);
  many.pop_back();
  EXPECT_EQ(exit_with(many), 0);
}

TEST(Grant, ContentIsAsWritten) {
  const Digest salt = fresh_digest();
  for (const u32 records : {1u, 63u, 64u, 65u, 5000u}) {
    std::vector<i32> x(2 * records), y(records);
    std::iota(x.begin(), x.end(), -7);
    std::iota(y.begin(), y.end(), 3);
    Keccak256 content, run;
    content.update(std::span(reinterpret_cast<const u8*>("pedigree rows v3"), 16));
    content.update(salt.bytes);
    for (const u32 size : {records, 2u, 1u})
      content.update({reinterpret_cast<const u8*>(&size), sizeof size});
    for (u32 n = 0; n < records; ++n) {
      for (const i32 cell : {x[2 * n], x[2 * n + 1], y[n]})
        run.update({reinterpret_cast<const u8*>(&cell), sizeof cell});
      if (n % 64 != 63 && n + 1 != records) continue;
      content.update(run.finish().bytes);
      run = Keccak256();
    }
    EXPECT_EQ(content_digest({records, 2, 1, x, y}, salt), content.finish()) << records;
  }
}

TEST(Grant,
     GuessedBitsDoNotLeadToTheRoot) {  // A33: all the values that five records of a bit can take
  const DatasetFolder d = make_signed(one_bit(5, 1), terms(), new_key());
  for (u32 guess = 0; guess < 32; ++guess) {
    std::vector<i32> x(5), y(10);
    for (u32 n = 0; n < 5; ++n) x[n] = guess >> n & 1, y[2 * n + x[n]] = 1;
    const DatasetCells cells{5, 1, 2, x, y};
    const DatasetMessage source(cells, d.layout(), content_digest(cells, {}), {});
    const Words message(source);
    EXPECT_FALSE(content_digest(cells, {}) == d.manifest.content);
    EXPECT_FALSE(commit_root(message, {}, dataset_parameters(d.layout(), Profile::fast)).root() ==
                 d.manifest.root);
    EXPECT_FALSE(dataset_answer(message, d.layout(), d.manifest.root) == d.manifest.answer);
  }
}

Digest attempt(u8 n) {
  Digest d;
  d.bytes[0] = n;
  return d;
}

TEST(OpeningBudget, OneBeyondIsRefused) {  // A32
  const Place place(make_signed(one_bit(5), terms(2), new_key()));
  const DatasetFolder d = open_dataset(place.path());
  spend_opening(budget_of(d), attempt(1));
  spend_opening(budget_of(d), attempt(1));  // a resumed attempt
  EXPECT_EQ(openings_spent(budget_of(d)), 1u);
  spend_opening(budget_of(d), attempt(2));
  EXPECT_EQ(exit_of([&] { spend_opening(budget_of(d), attempt(3)); }), 4);
  EXPECT_EQ(exit_of([&] { spend_opening(budget_of(open_dataset(place.path())), attempt(3)); }), 4);
  spend_opening(budget_of(d), attempt(2));
}

TEST(OpeningBudget, TornLinesAreToleratedAndAlteredOnesFound) {
  const Place place(make_signed(one_bit(5), terms(3), new_key()));
  const DatasetFolder d = open_dataset(place.path());
  spend_opening(budget_of(d), attempt(1));
  const std::string one = place.read("openings.log");
  spend_opening(budget_of(d), attempt(2));
  const std::string two = place.read("openings.log");
  for (std::size_t n = one.size(); n < two.size(); ++n) {
    place.write("openings.log", two.substr(0, n));
    EXPECT_EQ(openings_spent(budget_of(d)), 1u);
    spend_opening(budget_of(d), attempt(2));
    EXPECT_EQ(place.read("openings.log"), two);
  }
  for (std::size_t at = 0; at < two.size(); ++at) {
    std::string bad = two;
    bad[at] = static_cast<char>(bad[at] ^ 2);
    place.write("openings.log", bad);
    EXPECT_EQ(exit_of([&] { spend_opening(budget_of(d), attempt(3)); }), 1) << at;
  }
  fs::remove(place.path() + "/openings.log");
  EXPECT_EQ(exit_of([&] { spend_opening(budget_of(d), attempt(3)); }), 1);
}

TEST(Tickets, AreNumberedWhateverACrashCuts) {
  const Place place(make_signed(one_bit(5), terms(3), new_key()));
  const DatasetFolder d = open_dataset(place.path());
  const Digest content = d.manifest.content;
  const auto next = [&](u8 weights) {
    return next_ticket(place.path(), content, attempt(weights));
  };
  EXPECT_EQ(next(1), 1u);
  const std::string one = place.read("tickets.log");
  EXPECT_EQ(next(1), 2u);  // the same weights once more are an attempt too
  const std::string two = place.read("tickets.log");
  for (std::size_t n = 0; n < two.size(); ++n) {
    place.write("tickets.log", two.substr(0, n));
    EXPECT_EQ(next(1), n < one.size() ? 1u : 2u) << n;
  }
  place.write("tickets.log", two);
  for (std::size_t at = 0; at < two.size(); ++at) {
    std::string bad = two;
    bad[at] = static_cast<char>(bad[at] ^ 2);
    place.write("tickets.log", bad);
    EXPECT_EQ(exit_of([&] { next(2); }), 1) << at;
  }
  place.write("tickets.log", two);
  EXPECT_EQ(exit_of([&] { next_ticket(place.path(), attempt(9), attempt(1)); }), 1);
}

TEST(Revocations, NameContentsAndCustodians) {
  const DatasetFolder d = make_signed(one_bit(5), terms(), new_key());
  const auto list = [](const std::string& entry) {
    return parse_revocations(R"({"version":1,"revoked":[")" + entry + "\"]}", "r.json");
  };
  EXPECT_TRUE(list("keccak256:" + hex_text(d.manifest.content)).is_revoked(d.manifest));
  EXPECT_TRUE(list(public_key_text(d.manifest.custodian)).is_revoked(d.manifest));
  EXPECT_FALSE(list("keccak256:" + hex_text(d.manifest.root)).is_revoked(d.manifest));
  for (const char* bad : {"sha256:00", "x", "", "ed25519:0"})
    EXPECT_EQ(exit_of([&] { list(bad); }), 3) << bad;
  EXPECT_EQ(exit_of([] { parse_revocations("[]", "r.json"); }), 3);
}

}  // namespace
}  // namespace pedigree::custody
