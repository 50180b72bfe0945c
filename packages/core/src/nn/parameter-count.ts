import * as tf from '@tensorflow/tfjs';
import type { Module } from '../module/module.js';
import { WeightHolder } from './weight-holder.js';
import { packedName, partName } from './weight-layout.js';

/** How many trained numbers a model has, those of packed matrices included and tied ones counted once. */
export function countParameters(model: Module): number {
  const sizes = new Map<tf.Tensor, number>();
  for (const variable of model.namedParameters().values()) sizes.set(variable, variable.size);
  for (const module of model.namedModules().values()) {
    if (!(module instanceof WeightHolder) || module.layout === undefined) continue;
    const { layout } = module;
    for (const [part, rows] of layout.parts.entries()) {
      const packed: unknown = Reflect.get(module, packedName(partName(layout, part)));
      if (packed instanceof tf.Tensor) sizes.set(packed, rows * layout.columns);
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
