// A prover that is honest but for single messages or challenges, by their number in the transcript.
#pragma once

#include <map>

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

  K send(std::string_view label, const K& value) override {
    return add(message, sent, label, value);
  }
  K challenge(std::string_view label, const K& value) override {
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

}  // namespace pedigree::forger
