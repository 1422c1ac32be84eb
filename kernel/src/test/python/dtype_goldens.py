"""Writes dtype-goldens.txt: random blocks of every GGUF type and what they decode to; then, on lines that begin with
encode, random values and the block that they encode to.

Needs the Python package gguf (0.19.0 was used) with numpy; the types that it does not decode are spelled out here.
    python3 dtype_goldens.py > ../resources/dev/jerboa/kernel/dtype/dtype-goldens.txt
"""

import numpy as np
from gguf import quants
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T

BLOCKS = 2
rng = np.random.default_rng(20261123)

# Where a block keeps its float16 scales (byte offsets); they get ordinary numbers instead of random bits.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q8_1": [0, 2],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0], "IQ1_S": [0],
    "IQ4_NL": [0], "IQ4_XS": [0], "TQ1_0": [52], "TQ2_0": [64], "Q1_0": [0], "Q2_0": [0],
}


def half(data):
    return data.copy().view(np.float16).astype(np.float32)


def q8_1(data):
    return half(data[:, 0:2]) * data[:, 4:].view(np.int8).astype(np.float32)


def q8_k(data):
    return data[:, 0:4].copy().view(np.float32) * data[:, 4:260].view(np.int8).astype(np.float32)


def q1_0(data):
    bits = np.unpackbits(data[:, 2:], axis=1, bitorder="little").astype(np.float32)
    return half(data[:, 0:2]) * (2 * bits - 1)


def q2_0(data):
    codes = (data[:, 2:, None] >> np.array([0, 2, 4, 6], dtype=np.uint8)) & 3
    return half(data[:, 0:2]) * (codes.reshape(len(data), 64).astype(np.float32) - 1)


OWN = {"Q8_1": (32, 36, q8_1), "Q8_K": (256, 292, q8_k), "Q1_0": (128, 18, q1_0), "Q2_0": (64, 18, q2_0)}


def random_blocks(name, size):
    data = rng.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
    for at in HALVES.get(name, []):
        data[:, at:at + 2] = rng.normal(0, 0.05, (BLOCKS, 1)).astype(np.float16).view(np.uint8)
    if name == "Q8_K":
        data[:, 0:4] = rng.normal(0, 0.05, (BLOCKS, 1)).astype(np.float32).view(np.uint8)
    if name == "IQ1_M":  # the scale's four nibbles, lowest first, top four scale words
        bits = rng.normal(0, 0.05, BLOCKS).astype(np.float16).view(np.uint16)
        for i in range(4):
            data[:, 49 + 2 * i] = data[:, 49 + 2 * i] & 15 | (bits >> 4 * i & 15).astype(np.uint8) << 4
    if name == "MXFP4":
        data[:, 0] = rng.integers(0, 255, BLOCKS)
        data[0, 0] = 0
    if name == "NVFP4":
        data[:, 0:4] &= 0x7F
        data[0, 0:2] = [0x7F, 0x03]
    return data


for t in T:
    name = t.name
    if name in ("F32", "F16", "F64", "I8", "I16", "I32", "I64", "BF16") or name in OWN:
        continue
    data = random_blocks(name, GGML_QUANT_SIZES[t][1])
    for block, values in zip(data, quants.dequantize(data, t)):
        print(name, block.tobytes().hex(), values.astype("<f4").tobytes().hex())
for name, (values, size, decode) in OWN.items():
    data = random_blocks(name, size)
    for block, floats in zip(data, decode(data)):
        assert len(floats) == values
        print(name, block.tobytes().hex(), floats.astype("<f4").tobytes().hex())
for t in (T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.MXFP4):
    for scale in (0.02, 1.0, 30.0):
        values = (rng.normal(0, scale, (BLOCKS, 32)) + rng.normal(0, scale / 4)).astype(np.float32)
        values[0, 3:7] = 0
        for block, floats in zip(quants.quantize(values, t), values):
            print("encode", t.name, block.tobytes().hex(), floats.astype("<f4").tobytes().hex())
