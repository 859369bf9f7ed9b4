#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "claim/infer/infer_prove.h"
#include "cli/cells_file.h"
#include "cli/claim_context.h"
#include "cli/claim_result.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/run_directory.h"
#include "cli/weights_folder.h"
#include "train/exact_run.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct InferArguments {
  std::string run, proof, input, out;
  std::string show_inputs = "shown", show_outputs = "shown";
  bool shows_range = false;
  ContextArguments context;
};

Visibility visibility_of(const std::string& name) {
  return name == "hidden"   ? Visibility::hidden
         : name == "hashed" ? Visibility::hashed
                            : Visibility::shown;
}

class Inferring {
 public:
  Inferring(const InferArguments& arguments, Session& session) : a_(arguments), session_(session) {}

  int run() {
    require_free(a_.out, "claim");
    for (const std::string& file : {inputs_file(), outputs_file()})
      require_free(file, "file of cells");
    kept_ = read_weights(a_.run, a_.proof, a_.shows_range);
    run_ = read_run(a_.run, RunParts::without_records);
    // Datasets of a run may have been narrowed: what the model reads decides.
    inputs_ = read_inputs(a_.input, run_.schema, kept_.run.model.input_bits);
    // Counted before anything that an opening shows can leave. There is no resuming: each try is one.
    custody::spend_opening(kept_.budget, custody::fresh_digest());
    const Inference inference = infer();
    // First: a claim whose salt is lost could be checked by nobody.
    keep_cells(inference);
    write_file(a_.out, inference.proof.bytes);
    report(inference);
    return kDone;
  }

 private:
  std::string inputs_file() const { return a_.out + ".inputs.json"; }
  std::string outputs_file() const { return a_.out + ".outputs.json"; }

  Inference infer() {
    InferInput input;
    input.samples = inputs_.records;
    input.inputs = inputs_.x;
    input.show_inputs = visibility_of(a_.show_inputs);
    input.show_outputs = visibility_of(a_.show_outputs);
    input.context = context_of(a_.context, kept_.arena->get());
    const std::vector<i32> no_labels(inputs_.records);
    train::Cells cells;
    cells.append(inputs_.records, inputs_.x, no_labels);
    input.fill_trace = [&](const CompiledSegment& segment, TraceSinks& sinks) {
      train::Trace trace{sinks.tensors};
      train::run_forward(segment.program, kept_.run.model, cells, inputs_.records,
                         kept_.weights.entries, run_.layer_names, trace);
    };
    ProveOptions options;
    options.progress = [this](const char* stage, double share) { session_.progress(stage, share); };
    return prove_inference(kept_.weights, input, options);
  }

  void keep_cells(const Inference& inference) const {
    const Model& m = kept_.run.model;
    if (a_.show_inputs == "hashed")
      write_cells(inputs_file(), inference.salts.inputs, m.features, inputs_.x);
    if (a_.show_outputs == "hashed")
      write_cells(outputs_file(), inference.salts.outputs, m.outputs, inference.outputs);
  }

  void report(const Inference& inference) {
    const Model& m = kept_.run.model;
    json object = claim_facts(a_.out, inference.proof.bytes);
    object["samples"] = inputs_.records;
    object["openings_spent"] = custody::openings_spent(kept_.budget);
    object["openings"] = kept_.budget.openings;
    object["outputs"] = numbers_of(inference.outputs, m.outputs, m.layers[m.num_layers - 1].frac_q);
    std::string text = fmt::format(
        "proved what the weights of {} answer to {} row{}; the claim was verified before it was "
        "written\n{}  opening {} of {} of the weights\n",
        a_.proof, inputs_.records, inputs_.records == 1 ? "" : "s",
        claim_lines(a_.out, inference.proof.bytes), custody::openings_spent(kept_.budget),
        kept_.budget.openings);
    const auto name_file = [&](const std::string& visibility, const std::string& file,
                               const char* name) {
      object[name] = nullptr;
      if (visibility != "hashed") return;
      object[name] = file;
      text += fmt::format("  {}: hand it to whoever is to check the hashed cells; private\n", file);
    };
    name_file(a_.show_inputs, inputs_file(), "inputs_file");
    name_file(a_.show_outputs, outputs_file(), "outputs_file");
    session_.result(object, text);
  }

  static json numbers_of(std::span<const i32> cells, u32 columns, u32 frac) {
    json rows = json::array();
    for (std::size_t n = 0; n < cells.size(); n += columns) {
      json row = json::array();
      for (u32 j = 0; j < columns; ++j)
        row.push_back(std::ldexp(static_cast<double>(cells[n + j]), -static_cast<int>(frac)));
      rows.push_back(row);
    }
    return rows;
  }

  const InferArguments& a_;
  Session& session_;
  KeptWeights kept_;
  Run run_;
  record::Dataset inputs_;
};

}  // namespace

Command infer_command(CLI::App& program) {
  auto arguments = std::make_shared<InferArguments>();
  CLI::App* app = add_command(program, "infer", "prove what the proven weights answer to inputs",
                              "pedigree infer run/ --proof model.pedigree --input rows.csv -o "
                              "answer.pedigree");
  app->add_option("run", arguments->run, "run directory of `pedigree train`")
      ->required()
      ->type_name("RUN/");
  app->add_option("--proof", arguments->proof, "a proof of the run, made with --openings")
      ->required()
      ->type_name("FILE.pedigree");
  app->add_option("--input", arguments->input,
                  "rows as the run's datasets have them; a column of labels is not read")
      ->required()
      ->type_name("FILE");
  app->add_option("-o,--out", arguments->out, "the claim, a new file")
      ->required()
      ->type_name("FILE.pedigree");
  const CLI::IsMember names({"shown", "hashed", "hidden"});
  app->add_option("--inputs", arguments->show_inputs,
                  "what the claim says of the inputs: shown (default), hashed, hidden")
      ->check(names)
      ->type_name("HOW");
  app->add_option("--outputs", arguments->show_outputs,
                  "what it says of the outputs: shown (default), hashed, hidden")
      ->check(names)
      ->type_name("HOW");
  app->add_flag(
      "--show-range", arguments->shows_range,
      "prove the range of the weights too: the claim can be checked without the run's proof");
  add_context_options(*app, arguments->context);
  add_work_options(*app);
  add_json(*app);
  return {app, [arguments](Session& session) { return Inferring(*arguments, session).run(); }};
}

}  // namespace pedigree::cli
