#include "forger/message_liar.h"

namespace pedigree::forger {

// Children of the last layer: p_0 q_1 + p_1 q_0 + lambda q_0 q_1 keeps its value.
void bend_numerators(const Script& s, MessageLiar& liar) {
  liar.message[s.message("children", -4)] = s.value(s.message("children", -2));
  liar.message[s.message("children", -3)] = -s.value(s.message("children", -1));
}

// What tau = 0 would not look at: the second children, bent so that the layer adds up. Both leaf
// equations see it.
void bend_second_children(const Script& s, MessageLiar& liar) {
  const std::size_t p0 = s.message("children", -4), p1 = p0 + 1, q0 = p0 + 2, q1 = p0 + 3;
  const K lambda = s.challenge("lambda", -4);
  liar.message[p1] = K(kOne);
  liar.message[q1] = -s.value(q0) * inverse(s.value(p0) + lambda * s.value(q0));
}

namespace {

// Of the layer with this lambda.
void bend_denominators(const Script& s, MessageLiar& liar, const K& lambda) {
  const std::size_t p0 = s.message("children", -4), p1 = p0 + 1, q0 = p0 + 2, q1 = p0 + 3;
  // q_0 grows by one; q_1 loses what keeps the sum.
  const K sum =
      s.value(p0) * s.value(q1) + s.value(p1) * s.value(q0) + lambda * s.value(q0) * s.value(q1);
  const K grown = s.value(q0) + K(kOne);
  liar.message[q0] = K(kOne);
  liar.message[q1] =
      (sum - s.value(p1) * grown) * inverse(s.value(p0) + lambda * grown) - s.value(q1);
}

}  // namespace

void bend_denominators(const Script& s, MessageLiar& liar) {
  bend_denominators(s, liar, s.challenge("lambda", -4));
}

// Their tree comes last.
void bend_denominators_of_pullbacks(const Script& s, MessageLiar& liar) {
  bend_denominators(s, liar, s.challenge("lambda", -1));
}

// Two inputs of contractions bent so that the joined claim keeps its value. Contractions: forward
// 1, bias 1, forward 2, ...
void bend_operands(const Script& s, MessageLiar& liar) {
  const std::size_t a1 = s.message("operand", 0), a2 = s.message("operand", 1);
  const K lambda = s.challenge("lambda", -2);
  liar.message[a1] = K(kOne);
  liar.message[a2] = -s.value(a1 + 1) * inverse(lambda * lambda * s.value(a2 + 1));
}

void double_and_halve(const Script& s, MessageLiar& liar, std::size_t a, std::size_t b) {
  liar.message[a] = s.value(a);
  liar.message[b] = -s.value(b) * inverse(K(F(2)));
}

}  // namespace pedigree::forger
