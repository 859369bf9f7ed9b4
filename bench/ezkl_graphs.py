"""What EZKL proves beside Pedigree: run by bench/run.py inside EZKL's own environment.

    ezkl_graphs.py prepare GRAPH FOLDER     graph, settings, reference string, keys
    ezkl_graphs.py prove GRAPH FOLDER       witness, proof, verification

GRAPH `step`: one SGD step of logistic regression, 64-10, batch 8, the whole of it: scores, softmax, gradient, update; records, labels and the
weights before are private, the weights after are public. `infer`: the scores of 64-128-10 for one sample; input and weights are private, the scores are
public. Each command prints one JSON object of CPU seconds a stage; children and threads are counted.
"""
import asyncio
import inspect
import json
import os
import resource
import sys
import time

import ezkl
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BATCH, FEATURES, HIDDEN, CLASSES, RATE = 8, 64, 128, 10, 0.125
MOST_LOG_ROWS = 22


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def constant(name, array, kind=np.float32):
    return numpy_helper.from_array(np.asarray(array, dtype=kind), name)


def step():
    """Inputs are x, y (one-hot), w, b."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["xw"]),
        helper.make_node("Add", ["xw", "b"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["p"], axis=1),
        helper.make_node("Sub", ["p", "y"], ["delta"]),
        helper.make_node("Transpose", ["x"], ["xt"], perm=[1, 0]),
        helper.make_node("MatMul", ["xt", "delta"], ["gradient"]),
        helper.make_node("Mul", ["gradient", "rate"], ["change"]),
        helper.make_node("Sub", ["w", "change"], ["w_after"]),
        helper.make_node("ReduceSum", ["delta", "axis"], ["sum"], keepdims=1),
        helper.make_node("Mul", ["sum", "rate"], ["change_b"]),
        helper.make_node("Sub", ["b", "change_b"], ["b_after"]),
    ]
    inputs = [value("x", [BATCH, FEATURES]), value("y", [BATCH, CLASSES]), value("w", [FEATURES, CLASSES]), value("b", [1, CLASSES])]
    outputs = [value("w_after", [FEATURES, CLASSES]), value("b_after", [1, CLASSES])]
    random = np.random.default_rng(1)
    x = random.integers(0, 17, (BATCH, FEATURES)) / 16
    y = np.eye(CLASSES)[random.integers(0, CLASSES, BATCH)]
    w = random.normal(0, 1 / 8, (FEATURES, CLASSES))
    return nodes, inputs, outputs, [constant("rate", [RATE / BATCH]), constant("axis", [0], np.int64)], (x, y, w, np.zeros((1, CLASSES)))


def infer():
    """The input is x; the weights are parameters of the graph."""
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["z1"]),
        helper.make_node("Add", ["z1", "b1"], ["q1"]),
        helper.make_node("Relu", ["q1"], ["a1"]),
        helper.make_node("MatMul", ["a1", "w2"], ["z2"]),
        helper.make_node("Add", ["z2", "b2"], ["scores"]),
    ]
    random = np.random.default_rng(1)
    weights = [constant("w1", random.normal(0, 1 / 8, (FEATURES, HIDDEN))), constant("b1", np.zeros((1, HIDDEN))),
               constant("w2", random.normal(0, 1 / 11, (HIDDEN, CLASSES))), constant("b2", np.zeros((1, CLASSES)))]
    return nodes, [value("x", [1, FEATURES])], [value("scores", [1, CLASSES])], weights, (random.integers(0, 17, (1, FEATURES)) / 16,)


GRAPHS = {"step": step, "infer": infer}


def cpu_seconds():
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


class Stages:
    def __init__(self):
        self.seconds = {}

    def run(self, name, call, *arguments, **named):
        begin, clock = cpu_seconds(), time.monotonic()

        async def awaited():  # some calls are coroutines in some versions
            result = call(*arguments, **named)
            return await result if inspect.isawaitable(result) else result

        result = asyncio.run(awaited())
        self.seconds[name] = round(cpu_seconds() - begin, 3)
        print(f"{name}: {self.seconds[name]} CPU s, {time.monotonic() - clock:.1f} s", file=sys.stderr)
        if result is False:
            raise RuntimeError(f"{name} said no")
        return result


def prepare(graph, stages):
    nodes, inputs, outputs, constants, example = GRAPHS[graph]()
    model = helper.make_model(helper.make_graph(nodes, graph, inputs, outputs, constants), opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, "graph.onnx")
    json.dump({"input_data": [a.ravel().tolist() for a in example]}, open("input.json", "w"))
    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = "private"
    arguments.output_visibility = "public"
    arguments.param_visibility = "private" if graph == "infer" else "fixed"
    arguments.input_scale = arguments.param_scale = 7
    stages.run("settings", ezkl.gen_settings, "graph.onnx", "settings.json", py_run_args=arguments)
    stages.run("calibrate", ezkl.calibrate_settings, "input.json", "graph.onnx", "settings.json", "resources",
               scales=[7], max_logrows=MOST_LOG_ROWS)
    stages.run("compile", ezkl.compile_circuit, "graph.onnx", "graph.compiled", "settings.json")
    rows = json.load(open("settings.json"))["run_args"]["logrows"]
    stages.run("reference string", ezkl.gen_srs, "srs", rows)
    stages.run("keys", ezkl.setup, "graph.compiled", "verify.key", "prove.key", "srs")
    return {"log_rows": rows}


def prove(stages):
    stages.run("witness", ezkl.gen_witness, "input.json", "graph.compiled", "witness.json")
    stages.run("prove", ezkl.prove, "witness.json", "graph.compiled", "prove.key", "proof.json", srs_path="srs")
    stages.run("verify", ezkl.verify, "proof.json", "settings.json", "verify.key", srs_path="srs")
    proof = json.load(open("proof.json"))["proof"]
    return {"bytes": len(proof) if isinstance(proof, list) else (len(proof) - 2) // 2}


def main():
    action, graph, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    stages = Stages()
    figures = prepare(graph, stages) if action == "prepare" else prove(stages)
    figures |= {"cpu_seconds": stages.seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "ezkl": ezkl.__version__ if hasattr(ezkl, "__version__") else "unknown"}
    print(json.dumps(figures))


main()
