#include "record/array.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "train/error.h"

namespace pedigree::record {

namespace {

constexpr u64 kMostBytes = u64{1} << 34;

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw train::Error(train::Exit::input, fmt::format("{}: {}", file, what));
}

template <class T>
T read_at(std::string_view bytes, u64 at) noexcept {
  T x;
  std::memcpy(&x, bytes.data() + at, sizeof x);
  return x;
}

// Elements of all axes; refuses what does not fit the bytes that are there.
void require_size(const Array& a, u64 there, const std::string& file) {
  u64 n = a.item;
  for (const u64 axis : a.shape) {
    if (axis == 0 || axis > kMostBytes / n)
      refuse(file, "an axis of the array is empty or too long");
    n *= axis;
  }
  if (n != there)
    refuse(file, fmt::format("{} bytes of numbers where its header tells of {}: it is truncated or "
                             "damaged, copy it again",
                             there, n));
}

// The text behind 'key': in the header of an NPY file, a dict of Python.
std::string_view field(std::string_view header, std::string_view key) noexcept {
  const std::size_t at = header.find(key);
  if (at == header.npos) return {};
  std::string_view rest = header.substr(at + key.size());
  const std::size_t from = rest.find_first_not_of("': ");
  return from == rest.npos ? std::string_view() : rest.substr(from);
}

struct Member {
  std::string name;
  u32 method = 0;
  u64 packed = 0, size = 0, offset = 0;
};

// The central directory of a zip file.
std::vector<Member> members_of(std::string_view zip, const std::string& file) {
  constexpr std::size_t kEnd = 22, kEntry = 46, kLocal = 30;
  const std::size_t end = zip.rfind("PK\5\6");
  if (end == zip.npos || zip.size() - end < kEnd)
    refuse(file, "the zip directory is missing: it is truncated, copy it again");
  const u32 count = read_at<u16>(zip, end + 10);
  u64 at = read_at<u32>(zip, end + 16);
  std::vector<Member> out;
  for (u32 i = 0; i < count; ++i) {
    if (at > zip.size() || zip.size() - at < kEntry || zip.substr(at, 4) != "PK\1\2")
      refuse(file, "the zip directory is damaged");
    Member m;
    m.method = read_at<u16>(zip, at + 10);
    m.packed = read_at<u32>(zip, at + 20);
    m.size = read_at<u32>(zip, at + 24);
    const u64 name = read_at<u16>(zip, at + 28), extra = read_at<u16>(zip, at + 30),
              comment = read_at<u16>(zip, at + 32), local = read_at<u32>(zip, at + 42);
    if (zip.size() - at - kEntry < name || local > zip.size() || zip.size() - local < kLocal)
      refuse(file, "the zip directory is damaged");
    if (m.packed == 0xffffffff || m.size == 0xffffffff || local == 0xffffffff)
      refuse(file, "a zip64 archive: save the arrays as .npy files");
    m.name = zip.substr(at + kEntry, name);
    if (m.name.ends_with(".npy")) m.name.resize(m.name.size() - 4);
    m.offset = local + kLocal + read_at<u16>(zip, local + 26) + read_at<u16>(zip, local + 28);
    if (m.offset > zip.size() || zip.size() - m.offset < m.packed)
      refuse(file, "a member of the zip file goes past its end");
    out.push_back(std::move(m));
    at += kEntry + name + extra + comment;
  }
  return out;
}

}  // namespace

bool is_npy(std::string_view b) noexcept { return b.starts_with("\x93NUMPY"); }
bool is_npz(std::string_view b) noexcept { return b.starts_with("PK\3\4"); }
bool is_idx(std::string_view b) noexcept {
  return b.size() >= 4 && b[0] == 0 && b[1] == 0 && b[2] >= 8 && b[2] <= 14 && b[3] >= 1;
}
bool is_gzip(std::string_view b) noexcept { return b.starts_with("\x1f\x8b"); }

u64 Array::columns() const noexcept {
  u64 n = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) n *= shape[i];
  return n;
}

std::string Array::text(u64 index) const {
  const u64 at = index * item;
  if (kind == 'f')
    return item == 4 ? fmt::format("{}", read_at<float>(data, at))
                     : fmt::format("{}", read_at<double>(data, at));
  u64 x = 0;
  std::memcpy(&x, data.data() + at, item);
  if (kind == 'u') return fmt::format("{}", x);
  const u32 unused = 64 - 8 * item;
  return fmt::format("{}", static_cast<i64>(x << unused) >> unused);
}

Array parse_npy(std::string_view bytes, const std::string& file) {
  if (!is_npy(bytes) || bytes.size() < 12) refuse(file, "not an NPY file, or a truncated one");
  const bool first = bytes[6] == 1;
  const u64 start = first ? 10 : 12;
  const u64 length = first ? read_at<u16>(bytes, 8) : read_at<u32>(bytes, 8);
  if (length > bytes.size() - start) refuse(file, "the NPY header is truncated");
  const std::string_view header = bytes.substr(start, length);
  const std::string_view type = field(header, "descr"), order = field(header, "fortran_order");
  std::string_view shape = field(header, "shape");
  Array a;
  const bool known = type.size() >= 4 && (type[0] == '<' || type[0] == '|') && type[3] == '\'';
  a.kind = known ? type[1] : '?';
  a.item = known ? static_cast<u32>(type[2] - '0') : 0;
  if (a.kind == 'b') a.kind = 'u';
  const bool integer = (a.kind == 'u' || a.kind == 'i') &&
                       (a.item == 1 || a.item == 2 || a.item == 4 || a.item == 8);
  if (!integer && !(a.kind == 'f' && (a.item == 4 || a.item == 8)))
    refuse(file,
           "numbers of a kind that is not read: save little-endian integers or floats, as "
           "with x.astype('<f4')");
  if (!order.starts_with("False"))
    refuse(file, "in Fortran order: save numpy.ascontiguousarray(x)");
  if (!shape.starts_with("(")) refuse(file, "no shape in the NPY header");
  shape.remove_prefix(1);
  while (!shape.empty() && shape[0] != ')') {
    u64 axis = 0;
    const auto [end, error] = std::from_chars(shape.data(), shape.data() + shape.size(), axis);
    if (error != std::errc()) refuse(file, "a damaged shape in the NPY header");
    a.shape.push_back(axis);
    shape.remove_prefix(static_cast<std::size_t>(end - shape.data()));
    shape.remove_prefix(std::min(shape.find_first_not_of(", "), shape.size()));
  }
  if (a.shape.empty() || a.shape.size() > 2)
    refuse(file,
           fmt::format("an array of {} axes: one or two are read, reshape it", a.shape.size()));
  require_size(a, bytes.size() - start - length, file);
  a.data = bytes.substr(start + length);
  return a;
}

Array parse_idx(std::string_view bytes, const std::string& file) {
  if (!is_idx(bytes)) refuse(file, "not an IDX file");
  Array a;
  const u64 axes = static_cast<u8>(bytes[3]), start = 4 + 4 * axes;
  if (bytes[2] != 8 && bytes[2] != 9)
    refuse(file, "IDX numbers of more than a byte: save the array as .npy");
  a.kind = bytes[2] == 8 ? 'u' : 'i';
  if (bytes.size() < start) refuse(file, "the IDX header is truncated");
  for (u64 i = 0; i < axes; ++i)
    a.shape.push_back(__builtin_bswap32(read_at<u32>(bytes, 4 + 4 * i)));
  require_size(a, bytes.size() - start, file);
  a.data = bytes.substr(start);
  return a;
}

std::vector<std::string> npz_names(std::string_view bytes, const std::string& file) {
  std::vector<std::string> names;
  for (const Member& m : members_of(bytes, file)) names.push_back(m.name);
  return names;
}

Array parse_npz(std::string_view bytes, const std::string& name, const std::string& file) {
  const std::string where = fmt::format("{}, array '{}'", file, name);
  for (const Member& m : members_of(bytes, file)) {
    if (m.name != name) continue;
    const std::string_view packed = bytes.substr(m.offset, m.packed);
    if (m.method == 0) return parse_npy(packed, where);
    if (m.method != 8) refuse(where, "packed by a method that is not read: numpy.savez is");
    const std::string data = inflate(packed, m.size, true, where);
    return parse_npy(data, where);
  }
  refuse(where, "there is none of this name");
}

std::string inflate(std::string_view bytes, u64 most, bool raw, const std::string& file) {
  z_stream z = {};
  if (inflateInit2(&z, raw ? -15 : 31) != Z_OK) throw std::bad_alloc();
  struct End {
    z_stream* z;
    ~End() { inflateEnd(z); }
  } end{&z};
  std::string out;
  std::vector<char> block(std::size_t{1} << 18);
  std::size_t at = 0;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (z.avail_in == 0 && at < bytes.size()) {
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + at));
      z.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size() - at, 1u << 30));
      at += z.avail_in;
    }
    z.next_out = reinterpret_cast<Bytef*>(block.data());
    z.avail_out = static_cast<uInt>(block.size());
    state = ::inflate(&z, Z_NO_FLUSH);
    const std::size_t made = block.size() - z.avail_out;
    if ((state != Z_OK && state != Z_STREAM_END) || made > most - out.size())
      refuse(file, "compressed data is truncated or damaged: copy it again");
    out.append(block.data(), made);
  }
  if (z.avail_in != 0 || at < bytes.size())
    refuse(file, "it goes on after its compressed data: unpack it and give the plain file");
  return out;
}

}  // namespace pedigree::record
