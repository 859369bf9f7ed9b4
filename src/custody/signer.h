// Who signed a dataset, for people and for --json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "custody/manifest.h"

namespace pedigree::custody {

// {"custodian": "ed25519:..." or null, "among": ["ed25519:...", ...]}; both empty: declared.
nlohmann::json signer_json(const Manifest& manifest);
// Of an object with these two: the key, "one of" several, or that nobody did.
std::string signer_text(const nlohmann::json& dataset);

}  // namespace pedigree::custody
