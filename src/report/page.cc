#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/types.h"
#include "report/report.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --a: #0b5cad; --b: #b35900; --proved: #116329; --attested: #0b4f9e; --declared: #7d4e00; --none: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --back: #0f1318; --text: #e6edf3; --soft: #9aa5b1; --line: #313a44; --panel: #171d24;
    --a: #6cb2ff; --b: #ffa657; --proved: #5fd07a; --attested: #79b8ff; --declared: #e3b341; --none: #9aa5b1; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--line); padding-bottom: 0.25rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
code { font: 0.8125rem/1.5 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; margin: 1rem 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem; }
.tile b { display: block; font-size: 1.25rem; }
.tile span { color: var(--soft); font-size: 0.875rem; }
.marks { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 0.75rem; margin: 1rem 0; padding: 0; }
.marks dt, .marks dd { margin: 0; }
.mark { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 0.6rem; font-size: 0.8125rem;
  white-space: nowrap; }
.proved { color: var(--proved); } .attested { color: var(--attested); } .declared { color: var(--declared); }
.none { color: var(--none); border-style: dashed; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
.lines { table-layout: fixed; } .lines td:nth-child(1) { width: 26%; } .lines td:nth-child(3) { width: 8.5rem; padding-right: 0; }
.lines th:nth-child(1) { width: 26%; } .lines th:nth-child(3) { width: 8.5rem; }
.lines thead tr { visibility: collapse; } .lines thead th { border: 0; padding-top: 0; padding-bottom: 0; } .command span { white-space: nowrap; }
.lines code { display: block; }
.files { min-width: 44rem; } .files td { overflow-wrap: normal; } .files code { overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; padding: 0.75rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
figure svg { display: block; width: 100%; height: auto; max-width: 34rem; }
figcaption { margin-bottom: 0.75rem; } figcaption b { display: block; }
figcaption span { font-size: 0.875rem; color: var(--soft); } figcaption .mark { font-size: 0.75rem; }
figcaption .proved { color: var(--proved); } figcaption .declared { color: var(--declared); } figcaption .none { color: var(--none); }
svg text { fill: var(--text); font: 12px system-ui, "DejaVu Sans", sans-serif; }
svg .tick { fill: var(--soft); font-size: 11px; } svg .least { stroke: var(--text); stroke-dasharray: 3 3; }
svg .grid { stroke: var(--line); } svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .c0 { stroke: var(--a); } svg .c1 { stroke: var(--b); stroke-dasharray: 6 3; }
svg .p0 { fill: var(--a); } svg .p1 { fill: var(--b); }
@media (max-width: 40rem) {
  .lines, .lines tbody, .lines tr, .lines td { display: block; width: auto !important; }
  .lines thead { display: none; }
  .lines tr { border-bottom: 1px solid var(--line); padding: 0.6rem 0; }
  .lines td { border: 0; padding: 0.1rem 0; }
  .lines td:first-child { font-weight: 600; }
}
@media print {
  :root { color-scheme: light; --back: #fff; --text: #000; --soft: #333; --line: #999; --panel: #fff; --a: #0b5cad; --b: #b35900;
    --proved: #116329; --attested: #0b4f9e; --declared: #7d4e00; --none: #444; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3 { break-after: avoid; } tr, figure, .tile { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; } code { font-size: 7.5pt; } td { padding-top: 0.25rem; padding-bottom: 0.25rem; }
  .scroll { overflow: visible; } .files { min-width: 0; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  @page { margin: 16mm; }
}
)";

std::string text(const json& value) {
  return escaped(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string mark(const json& value) {
  const std::string name = value.get<std::string>();
  return fmt::format("<span class=\"mark {}\">{}</span>",
                     name == "not applicable" ? "none" : escaped(name), escaped(name));
}

// The style is allowed by its digest, everything else is not: a page that was tampered with on the way still runs nothing.
std::string head(const json& twin) {
  u8 digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const u8*>(kStyle.data()), kStyle.size());
  char base64[sodium_base64_ENCODED_LEN(sizeof digest, sodium_base64_VARIANT_ORIGINAL)];
  sodium_bin2base64(base64, sizeof base64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'sha256-{}'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      base64, text(twin["title"]), kStyle);
}

std::string summary(const json& twin) {
  std::string out = fmt::format("<h1>{}</h1>\n<p>{}</p>\n<div class=\"tiles\">\n",
                                text(twin["title"]), text(twin["introduction"]));
  for (const json& tile : twin["summary"])
    out += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", text(tile["value"]),
                       text(tile["text"]));
  out += "</div>\n<dl class=\"marks\">\n";
  for (const json& m : twin["marks"])
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", mark(m["mark"]), text(m["meaning"]));
  return out + "</dl>\n";
}

std::string charts(const json& twin) {
  std::string out = "<h2>At a glance</h2>\n<div class=\"charts\">\n";
  for (const json& chart : twin["charts"])
    out += fmt::format(
        "<figure>\n<figcaption><b>{}</b><span>{} {}</span></figcaption>\n{}\n</figure>\n",
        text(chart["title"]), mark(chart["mark"]), text(chart["note"]), chart_svg(chart));
  return out + "</div>\n";
}

// Broken between words alone: an option in two halves is read wrongly.
std::string command(const std::string& words) {
  std::string out = "<code class=\"command\">";
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    out += "<span>" + escaped(std::string_view(words).substr(at, end - at)) + "</span>";
    if (end < words.size()) out += ' ';
    at = end + 1;
  }
  return out + "</code>";
}

std::string line_row(const json& line) {
  std::string value = text(line["value"]);
  if (line["digest"] != "") value += "<code>" + text(line["digest"]) + "</code>";
  if (line["command"] != "") value += command(line["command"].get<std::string>());
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", text(line["text"]), value,
                     mark(line["mark"]));
}

std::string chapters(const json& twin) {
  std::string out;
  for (const json& part : twin["parts"]) {
    out += fmt::format("<h2>{}</h2>\n", text(part["title"]));
    for (const json& section : part["sections"]) {
      if (section["title"] != "") out += fmt::format("<h3>{}</h3>\n", text(section["title"]));
      out +=
          "<div class=\"scroll\"><table class=\"lines\">\n<thead><tr><th>Line</th><th>Value, "
          "digest, check</th>"
          "<th>Mark</th></tr></thead>\n<tbody>\n";
      for (const json& line : twin["lines"])
        if (line["section"] == section["id"]) out += line_row(line);
      out += "</tbody>\n</table></div>\n";
    }
  }
  return out;
}

std::string files(const json& twin) {
  std::string out =
      "<h2>Files</h2>\n<p>What this page was made of; commands above call the files so.</p>\n"
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Files\"><table "
      "class=\"files\">\n<thead><tr><th>File</th><th>Bytes</th>"
      "<th>Digests</th></tr></thead>\n<tbody>\n";
  for (const json& f : twin["files"])
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td><code>sha256:{}</code><br><code>keccak256:{}</code></td></"
        "tr>\n",
        text(f["name"]), text(f["bytes"]), text(f["sha256"]), text(f["keccak256"]));
  return out + "</tbody>\n</table></div>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string page_of(const json& twin) {
  return head(twin) + "<body>\n<main>\n" + summary(twin) + charts(twin) + chapters(twin) +
         files(twin) +
         fmt::format("<h2>Checking this page</h2>\n<p>{}</p>\n<p>{}</p>\n", text(twin["checking"]),
                     command(twin["command"].get<std::string>())) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace pedigree::report
