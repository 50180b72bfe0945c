import { basename } from 'node:path';
import type { Checkpoint } from './checkpoint.js';
import { OnnxWriter, type Setting } from './onnx-format.js';

const INPUT = 'ids';

/**
 * GPT-2 as an ONNX file for prompts `ids` `[1, tokens]` of one length, to the logits `[tokens, vocabulary]`. It takes its
 * weights from the checkpoint's file.
 */
export function gpt2Onnx(checkpoint: Checkpoint, tokens: number): { model: Uint8Array; output: string } {
  const network = new Network(checkpoint, tokens);
  const { layers, vocabulary } = checkpoint.sizes;
  let stream = network.embedding();
  for (let block = 0; block < layers; block += 1) {
    stream = network.add(
      stream,
      network.attention(`h.${block}.attn`, network.norm(`h.${block}.ln_1`, stream)),
    );
    stream = network.add(stream, network.mlp(`h.${block}.mlp`, network.norm(`h.${block}.ln_2`, stream)));
  }
  const output = network.unembedding(network.norm('ln_f', stream));
  const model = network.writer.write(
    [{ name: INPUT, dtype: 'int64', shape: [1, tokens] }],
    [{ name: output, dtype: 'float32', shape: [tokens, vocabulary] }],
  );
  return { model, output };
}

/** The parts of GPT-2 on a residual stream `[tokens, width]`. */
class Network {
  readonly writer = new OnnxWriter();
  private readonly mask: string;

  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly tokens: number,
  ) {
    const file = basename(checkpoint.file);
    for (const { name, shape, offset, length } of checkpoint.placed) {
      this.writer.weight(name, shape, { file, offset, length });
    }
    const isHidden = (i: number) => i % tokens > Math.floor(i / tokens);
    const mask = Float32Array.from({ length: tokens * tokens }, (_, i) => (isHidden(i) ? -1e9 : 0));
    this.mask = this.writer.constant(mask, [tokens, tokens]);
  }

  embedding(): string {
    const { width } = this.checkpoint.sizes;
    const positions = BigInt64Array.from({ length: this.tokens }, (_, i) => BigInt(i));
    const words = this.one('Gather', ['wte.weight', INPUT]);
    const places = this.one('Gather', ['wpe.weight', this.writer.constant(positions, [this.tokens])]);
    return this.reshape(this.one('Add', [words, places]), [this.tokens, width]);
  }

  unembedding(stream: string): string {
    return this.one('Gemm', [stream, 'wte.weight'], { transB: { int: 1 } });
  }

  add(a: string, b: string): string {
    return this.one('Add', [a, b]);
  }

  norm(name: string, stream: string): string {
    const settings = { axis: { int: -1 }, epsilon: { float: 1e-5 } };
    return this.one('LayerNormalization', [stream, `${name}.weight`, `${name}.bias`], settings);
  }

  attention(name: string, stream: string): string {
    const { width, heads } = this.checkpoint.sizes;
    const sizes = this.writer.constant(BigInt64Array.of(BigInt(width), BigInt(width), BigInt(width)), [3]);
    const parts = this.writer.op(
      'Split',
      [this.linear(`${name}.c_attn`, stream), sizes],
      { axis: { int: 1 } },
      3,
    );
    const byHead = (part: string, perm: number[]) =>
      this.one('Transpose', [this.reshape(part, [this.tokens, heads, width / heads])], {
        perm: { ints: perm },
      });
    const [q, k, v] = parts.map((part, i) => byHead(part, i === 1 ? [1, 2, 0] : [1, 0, 2])) as [
      string,
      string,
      string,
    ];
    const scale = this.writer.constant(Float32Array.of(1 / Math.sqrt(width / heads)), []);
    const scores = this.one('Mul', [this.one('MatMul', [q, k]), scale]);
    const pattern = this.one('Softmax', [this.one('Add', [scores, this.mask])], { axis: { int: -1 } });
    const mixed = this.one('Transpose', [this.one('MatMul', [pattern, v])], { perm: { ints: [1, 0, 2] } });
    return this.linear(`${name}.c_proj`, this.reshape(mixed, [this.tokens, width]));
  }

  mlp(name: string, stream: string): string {
    const inside = this.linear(`${name}.c_fc`, stream);
    return this.linear(`${name}.c_proj`, this.one('Gelu', [inside], { approximate: { string: 'tanh' } }));
  }

  private linear(name: string, input: string): string {
    return this.one('Gemm', [input, `${name}.weight`, `${name}.bias`]);
  }

  private reshape(input: string, shape: number[]): string {
    return this.one('Reshape', [
      input,
      this.writer.constant(BigInt64Array.from(shape.map(BigInt)), [shape.length]),
    ]);
  }

  private one(type: string, inputs: string[], settings?: Record<string, Setting>): string {
    return this.writer.op(type, inputs, settings)[0] as string;
  }
}
