// A prover that is honest but for single messages or challenges, by their number in the transcript.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "iop/masked_send.h"

namespace pedigree::forger {

struct MessageLiar final : MaskedSender::Liar {
  std::map<std::size_t, K> message;     // number -> added to what is sent
  std::map<std::size_t, K> challenge_;  // number -> added to what was drawn

  struct Said {
    std::string label;
    K value;
  };
  std::vector<Said> sent, drawn;  // the honest values
  std::size_t gates = 0;          // number of the first message behind the equations, if any

  K send(std::string_view label, const K& value) override {
    return add(message, sent, label, value);
  }
  K challenge(std::string_view label, const K& value) override {
    if (label == "eta" && gates == 0) gates = sent.size();
    return add(challenge_, drawn, label, value);
  }

 private:
  static K add(const std::map<std::size_t, K>& by, std::vector<Said>& log, std::string_view label,
               const K& value) {
    const auto at = by.find(log.size());
    log.push_back({std::string(label), value});
    return at == by.end() ? value : value + at->second;
  }
};

// An earlier run of the same prover: messages and challenges by number. Up to the first lie the next run repeats it, and
// values that follow without a challenge between are known as well.
struct Script {
  std::vector<MessageLiar::Said> sent, drawn, gates;

  explicit Script(const MessageLiar& listener) : sent(listener.sent), drawn(listener.drawn) {
    if (listener.gates == 0) return;
    const auto first = sent.begin() + static_cast<std::ptrdiff_t>(listener.gates);
    gates.assign(first, sent.end());
    sent.erase(first, sent.end());
  }

  // Number of the n-th message with a label; -1 counts from the end. Gates apart, which the clear build has not.
  std::size_t message(std::string_view label, int n) const { return nth(sent, label, n); }
  std::size_t gate(std::string_view label, int n) const {
    return sent.size() + nth(gates, label, n);
  }
  const K& value(std::size_t message) const { return sent.at(message).value; }
  const K& challenge(std::string_view label, int n) const {
    return drawn.at(nth(drawn, label, n)).value;
  }

 private:
  static std::size_t nth(const std::vector<MessageLiar::Said>& log, std::string_view label, int n) {
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < log.size(); ++i)
      if (log[i].label == label) at.push_back(i);
    return at.at(n >= 0 ? static_cast<std::size_t>(n) : at.size() - static_cast<std::size_t>(-n));
  }
};
using Bend = std::function<void(const Script&, MessageLiar&)>;

// Bends of messages that break one equation and keep the others.
void bend_numerators(const Script& s, MessageLiar& liar);
void bend_second_children(const Script& s, MessageLiar& liar);
void bend_denominators(const Script& s, MessageLiar& liar);
void bend_denominators_of_pullbacks(const Script& s, MessageLiar& liar);
void bend_operands(const Script& s, MessageLiar& liar);
// One factor of a product doubled, the other halved.
void double_and_halve(const Script& s, MessageLiar& liar, std::size_t a, std::size_t b);

}  // namespace pedigree::forger
