import type * as tf from '@tensorflow/tfjs';
import type { Step, TensorInfo, ValueId } from '../graph/types.js';
import type { Traceable } from './types.js';

/** What the tensors of a trace stand for. Handles are told apart by tensor id: several share one data id. */
export class Identities {
  /** Shape and dtype of every value so far. */
  readonly values: TensorInfo[] = [];
  /** The list of steps in which each value is known: those of a call below an opaque module know their own only. */
  private readonly places: (readonly Step[])[] = [];
  private readonly valueOf = new Map<number, ValueId>();
  /** The tensor that a copy of tfjs's own is of. */
  private readonly copyOf = new Map<number, number>();
  private readonly insideOp = new Set<number>();
  private readonly scalars = new Map<number, number>();
  /** Tensors made by the `forward` of an opaque module, which stand for nothing in the graph. */
  private readonly native = new Set<number>();
  /** The recorded module that made a tensor. */
  private readonly makers = new Map<number, Traceable>();

  /** A new value among `steps` with the shape and dtype of `tensor`, which does not yet stand for it. */
  add({ shape, dtype }: tf.Tensor, steps: readonly Step[]): ValueId {
    this.places.push(steps);
    return this.values.push({ shape: [...shape], dtype }) - 1;
  }

  /** A new value among `steps` that `tensor` stands for. */
  define(tensor: tf.Tensor, steps: readonly Step[]): ValueId {
    const value = this.add(tensor, steps);
    this.bind(tensor, value);
    return value;
  }

  /** Makes `tensor` stand for a value. */
  bind(tensor: tf.Tensor, value: ValueId): void {
    this.valueOf.set(tensor.id, value);
  }

  /** The value that a tensor stands for, or that the one it was copied from does; `own` is asked where none is bound. */
  find(id: number, own: (id: number) => ValueId | undefined): ValueId | undefined {
    const known = this.valueOf.get(id) ?? own(id);
    if (known !== undefined) return known;
    const original = this.copyOf.get(id);
    return original === undefined ? undefined : this.find(original, own);
  }

  /** Whether steps of that list can read a value. */
  isKnownIn(steps: readonly Step[], value: ValueId): boolean {
    return this.places[value] === steps;
  }

  noteCopy(from: tf.Tensor, to: tf.Tensor): void {
    this.copyOf.set(to.id, from.id);
  }

  /** Remembers a tensor that was made from numbers. */
  noteCreated(tensor: tf.Tensor, values: unknown, insideOp: boolean): void {
    if (insideOp) this.insideOp.add(tensor.id);
    if (tensor.size === 1) this.scalars.set(tensor.id, Number((values as ArrayLike<number>)[0]));
  }

  /** True for a tensor that an op made for its own use. */
  isMadeInsideOp({ id }: tf.Tensor): boolean {
    return this.insideOp.has(id);
  }

  /** The number that a tensor was made from, where it is a single one. */
  scalarOf({ id }: tf.Tensor): number | null {
    return this.scalars.get(id) ?? null;
  }

  /** Remembers which recorded module made a tensor. */
  noteMaker({ id }: tf.Tensor, module: Traceable): void {
    this.makers.set(id, module);
  }

  /** The recorded module that made a tensor and has not handed it to an opaque one; undefined for all others. */
  strangerMaking({ id }: tf.Tensor): Traceable | undefined {
    return this.native.has(id) ? undefined : this.makers.get(id);
  }

  noteNative({ id }: tf.Tensor): void {
    this.native.add(id);
  }

  isNative({ id }: tf.Tensor): boolean {
    return this.native.has(id);
  }
}
