// A report for people who must answer for a model: what a proof shows of it, line by line, and on whose word each line rests.
//
//   facts    what was verified (cli/proof_facts.h), and the trainer's scores where a run is given
//   twin     JSON: {"lines": [...], "charts": [...], ...}, a function of the facts
//   page     HTML: a function of the twin; one file, nothing is loaded, no script
//
// Marks: proved, it follows from the verification; attested, it rests on a custodian's signature; declared, it is the
// trainer's word; not applicable, nothing here shows it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace pedigree::report {

// `metrics` is null without a run.
nlohmann::json twin_of(const nlohmann::json& facts, const nlohmann::json& metrics);

// Text of a twin as it is written.
std::string twin_text(const nlohmann::json& twin);

// Parts of a twin.
nlohmann::json lines_of(const nlohmann::json& facts, const nlohmann::json& metrics);
nlohmann::json charts_of(const nlohmann::json& facts, const nlohmann::json& metrics);

// Options that name the files behind the facts, in commands.
std::string options_of(const nlohmann::json& facts);
std::string check_command(const nlohmann::json& facts, const nlohmann::json& metrics,
                          const char* file);

std::string page_of(const nlohmann::json& twin);
std::string chart_svg(const nlohmann::json& chart);

// Text for HTML and for its attributes: nothing in it can end one.
std::string escaped(std::string_view text);

// Where the two differ, one sentence each, at most `most`; empty only if they are equal. `found` is read and not believed.
std::vector<std::string> differences(const nlohmann::json& expected, std::string_view found,
                                     std::size_t most);
std::vector<std::string> line_differences(std::string_view expected, std::string_view found,
                                          std::size_t most);

}  // namespace pedigree::report
