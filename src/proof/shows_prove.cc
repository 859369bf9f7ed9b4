#include "base/require.h"
#include "iop/cubic.h"
#include "kernel/parallel.h"
#include "poly/eq.h"
#include "proof/eq_vector.h"
#include "proof/witness.h"

namespace pedigree {

namespace {

class ShowsProver {
 public:
  ShowsProver(const SegmentPublic& s, const Witness& w, TensorValues& values, MaskedSender& sender)
      : s_(s), p_(*s.program), w_(w), values_(values), sender_(sender) {}

  void show(const Show& show) {
    switch (show.kind) {
      case Show::Kind::stated:
        draw_point(show.tensor);
        return;
      case Show::Kind::hashed:
        return hashed(show);
      case Show::Kind::tally:
        return tally(show);
      case Show::Kind::apart:
        return prove_apart(s_, show, w_, sender_);
      case Show::Kind::hits:
        return prove_hits(s_, show, sender_);
    }
  }

 private:
  struct Point {
    std::vector<K> feature, position;
  };

  std::vector<K> draw(const char* label, u32 n) {
    std::vector<K> point;
    for (u32 i = 0; i < n; ++i) point.push_back(sender_.challenge(label));
    return point;
  }

  Point draw_point(TensorId t) {
    const Tensor& x = p_.tensors[t];
    Point at;
    at.feature = draw("show", x.log_features);
    at.position = draw("show", p_.log_positions(x));
    return at;
  }

  const F* cells_of(TensorId t) const { return w_.cells(s_.layout->tensors[t]); }

  void hashed(const Show& show) {
    const Point at = draw_point(show.tensor);
    const K rho = sender_.challenge("rho");
    const F *const cells = cells_of(show.tensor), *const salt = cells_of(show.salt);
    const std::vector<K> feature = eq_of(at.feature), position = eq_of(at.position);
    K sum = rho * K(salt[0], salt[1], salt[2]);
    for (std::size_t f = 0; f < p_.tensors[show.tensor].features; ++f)
      for (std::size_t n = 0; n < p_.sizes.batch; ++n)
        sum += feature[f] * position[n] * cells[f * position.size() + n];
    sender_.send_clear("hashed", sum);
  }

  // A column: the features bound at a point; without one all of them, one after the other.
  std::vector<K> column(TensorId t, const std::vector<K>* point) {
    if (point != nullptr) return values_.bind_features(t, *point);
    const std::span<const F> cells = values_.get(t);
    std::vector<K> all(cells.begin(), cells.end());
    all.resize(std::size_t{1} << p_.log_size(t));
    return all;
  }

  void tally(const Show& show) {
    const Tensor &x = p_.tensors[show.tensor], &y = p_.tensors[show.other];
    std::vector<CubicTerm> terms(1);
    CubicTerm& term = terms[0];
    if (show.is_matrix) {
      const std::vector<K> row = draw("tally", x.log_features), at = draw("tally", y.log_features);
      term.x = column(show.tensor, &row);
      term.y = column(show.other, &at);
    } else {
      term.x = column(show.tensor, nullptr);
      term.y = column(show.other, nullptr);
    }
    const std::size_t positions = std::size_t{1} << p_.log_positions(x);
    term.e.resize(term.x.size());
    for (std::size_t j = 0; j < (show.is_matrix ? 1 : x.features); ++j)
      std::fill_n(term.e.begin() + static_cast<std::ptrdiff_t>(j * positions), p_.sizes.batch,
                  K(kOne));
    prove_cubic(terms, tally_rounds(p_, show), sender_);
    sender_.send("tally", term.x[0]);
    sender_.send("tally", term.y[0]);
  }

  const SegmentPublic& s_;
  const Program& p_;
  const Witness& w_;
  TensorValues& values_;
  MaskedSender& sender_;
};

}  // namespace

void prove_shows(const SegmentPublic& s, const Witness& w, TensorValues& values,
                 MaskedSender& sender) {
  ShowsProver prover(s, w, values, sender);
  for (const Show& show : s.shows) prover.show(show);
}

}  // namespace pedigree
