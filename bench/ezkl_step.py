"""One SGD step of logistic regression, 64-10, batch 8, proven by EZKL: run by bench/run.py inside EZKL's own environment.

    ezkl_step.py prepare FOLDER     graph, settings, reference string, keys
    ezkl_step.py prove FOLDER       witness, proof, verification

The graph is the whole step: scores, softmax, gradient, update. Records, labels and the weights before are private, the
weights after are public. Each command prints one JSON object of CPU seconds a stage; children and threads are counted.
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

BATCH, FEATURES, CLASSES, RATE = 8, 64, 10, 0.125
MOST_LOG_ROWS = 22


def graph():
    """The ONNX graph of the step; its inputs are x, y (one-hot), w, b."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

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
    constants = [
        numpy_helper.from_array(np.array([RATE / BATCH], dtype=np.float32), "rate"),
        numpy_helper.from_array(np.array([0], dtype=np.int64), "axis"),
    ]
    inputs = [value("x", [BATCH, FEATURES]), value("y", [BATCH, CLASSES]), value("w", [FEATURES, CLASSES]), value("b", [1, CLASSES])]
    outputs = [value("w_after", [FEATURES, CLASSES]), value("b_after", [1, CLASSES])]
    model = helper.make_model(helper.make_graph(nodes, "step", inputs, outputs, constants),
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def example():
    random = np.random.default_rng(1)
    x = random.integers(0, 17, (BATCH, FEATURES)) / 16
    y = np.eye(CLASSES)[random.integers(0, CLASSES, BATCH)]
    w = random.normal(0, 1 / 8, (FEATURES, CLASSES))
    return [a.ravel().tolist() for a in (x, y, w, np.zeros((1, CLASSES)))]


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


def prepare(stages):
    import onnx
    onnx.save(graph(), "step.onnx")
    json.dump({"input_data": example()}, open("input.json", "w"))
    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = "private"
    arguments.output_visibility = "public"
    arguments.param_visibility = "fixed"
    arguments.input_scale = arguments.param_scale = 7
    stages.run("settings", ezkl.gen_settings, "step.onnx", "settings.json", py_run_args=arguments)
    stages.run("calibrate", ezkl.calibrate_settings, "input.json", "step.onnx", "settings.json", "resources",
               scales=[7], max_logrows=MOST_LOG_ROWS)
    stages.run("compile", ezkl.compile_circuit, "step.onnx", "step.compiled", "settings.json")
    rows = json.load(open("settings.json"))["run_args"]["logrows"]
    stages.run("reference string", ezkl.gen_srs, "srs", rows)
    stages.run("keys", ezkl.setup, "step.compiled", "verify.key", "prove.key", "srs")
    return {"log_rows": rows}


def prove(stages):
    stages.run("witness", ezkl.gen_witness, "input.json", "step.compiled", "witness.json")
    stages.run("prove", ezkl.prove, "witness.json", "step.compiled", "prove.key", "proof.json", srs_path="srs")
    stages.run("verify", ezkl.verify, "proof.json", "settings.json", "verify.key", srs_path="srs")
    proof = json.load(open("proof.json"))["proof"]
    return {"bytes": len(proof) if isinstance(proof, list) else (len(proof) - 2) // 2}


def main():
    action, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    stages = Stages()
    figures = prepare(stages) if action == "prepare" else prove(stages)
    figures |= {"cpu_seconds": stages.seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "ezkl": ezkl.__version__ if hasattr(ezkl, "__version__") else "unknown"}
    print(json.dumps(figures))


main()
