import * as tf from '@tensorflow/tfjs';
import { FOREIGN, Module } from '../../module/module.js';
import { hold, plainName } from './property-name.js';

type Layer = tf.layers.Layer;
type Tensors = tf.Tensor | tf.Tensor[];
type Call = (inputs: Tensors, kwargs: Readonly<Record<string, unknown>>) => Tensors;

/** A weight of a layer: a variable in a box; private in tfjs's types. */
interface LayerVariable {
  readonly originalName: string;
  val: tf.Variable;
}

/** Masks, states of recurrent layers and the like, which layers get besides their inputs. */
type Extras = Readonly<Record<string, Tensors | null>>;

/** How a module runs its layer's own code. An instance of a class is no part of what a module holds. */
class LayerCode {
  constructor(
    readonly call: Call,
    readonly takesList: boolean,
  ) {}
}

/**
 * A layer of TensorFlow.js as a module: its weights are parameters and buffers, layers in it are submodules, and what
 * calls the layer calls the module, which runs the layer's own code for inference. Each class of layers has one of modules.
 */
class LayerModule extends Module {
  static override readonly inputs = ['input', 'options'];
  override readonly [FOREIGN] = true;
  readonly $tfjs: LayerCode;

  constructor(layer: Layer, takesList: boolean, modules: LayerModules) {
    super();
    this.$tfjs = new LayerCode(layer.call.bind(layer) as Call, takesList);
    const inner = holdLayers(this, layer, modules);
    holdWeights(this, layer, inner);
    layer.call = (inputs, kwargs) => this.called(inputs, kwargs as Extras);
  }

  /** The layer's output for a tensor, or for the list of those that a layer with several inputs takes. */
  forward(input: Tensors, options: Extras = {}): Tensors {
    const { call, takesList } = this.$tfjs;
    return call(takesList && !Array.isArray(input) ? [input] : input, { ...options, training: false });
  }

  private called(inputs: Tensors, kwargs: Extras | undefined): Tensors {
    const isAlone = Array.isArray(inputs) && inputs.length === 1;
    const input = isAlone ? (inputs[0] as tf.Tensor) : inputs;
    const given = Object.entries(kwargs ?? {}).filter(([key, value]) => key !== 'training' && value != null);
    const args = given.length === 0 ? [input] : [input, Object.fromEntries(given)];
    return this.apply(...(args as Parameters<this['forward']>));
  }
}

/** Makes modules for layers, one for each layer however often it is used. */
export class LayerModules {
  private readonly made = new Map<Layer, LayerModule>();

  /** `takesList` for a layer that gets a single tensor as a list, as all layers of a model do. */
  of(layer: Layer, takesList: boolean): Module {
    let module = this.made.get(layer);
    if (module === undefined) {
      module = new (classFor(layer.getClassName()))(layer, takesList, this);
      this.made.set(layer, module);
    }
    return module;
  }
}

const classes = new Map<string, typeof LayerModule>();

function classFor(name: string): typeof LayerModule {
  let found = classes.get(name);
  if (found === undefined) {
    found = class extends LayerModule {
      static override readonly typeName: string = name;
    };
    classes.set(name, found);
  }
  return found;
}

/** Puts the modules of the layers that a layer consists of into its module. @returns these layers */
export function holdLayers(module: Module, layer: Layer, modules: LayerModules): Layer[] {
  return innerLayers(layer).map(([name, inner, takesList]) => {
    hold(module, plainName(name), modules.of(inner, takesList));
    return inner;
  });
}

/** The layers in a layer with their names, and whether it gives them a single tensor as a list. */
function innerLayers(layer: Layer): [name: string, inner: Layer, takesList: boolean][] {
  if (layer instanceof tf.LayersModel)
    return layer.layers
      .filter((each) => each.getClassName() !== 'InputLayer')
      .map((each) => [each.name, each, true]);
  return Object.entries(layer).flatMap(([key, value]: [string, unknown]) => {
    // It runs two copies of the layer, not the layer itself.
    if (key === 'layer' && layer.getClassName() === 'Bidirectional') return [];
    if (Array.isArray(value))
      return value
        .filter(isLayer)
        .map((each, index): [string, Layer, boolean] => [`${key}_${index}`, each, true]);
    return isLayer(value) ? [[key, value, key === 'cell'] as [string, Layer, boolean]] : [];
  });
}

function isLayer(value: unknown): value is Layer {
  return value instanceof tf.layers.Layer;
}

/** The module holds the layer's own weights, and the layer reads them there, so that it sees patched ones too. */
function holdWeights(module: LayerModule, layer: Layer, inner: readonly Layer[]): void {
  const others = new Set(inner.flatMap((each) => each.weights));
  for (const weight of layer.weights) {
    if (others.has(weight)) continue;
    const box = weight as unknown as LayerVariable;
    const name = hold(module, plainName(box.originalName.split('/').at(-1) as string), box.val);
    Object.defineProperty(box, 'val', {
      get: () => Reflect.get(module, name) as tf.Variable,
      set: (value) => Reflect.set(module, name, value),
    });
  }
}
