/**
 * What a graph file says as JSON, beside its tensors (spec rule S1). docs/graph-file.md explains every field.
 * Rows refer to others by their index in the lists of the document.
 */

/** Keys of the safetensors metadata: the JSON text, and its checksum. */
export const DOCUMENT_KEY = 'patchbay';
export const CHECKSUM_KEY = 'patchbay.crc32';

/** How deep the JSON of a file may nest. What reads it recurses, so this bounds the stack. */
export const MAX_DEPTH = 256;

/** A number, boolean, string, null or undefined. What JSON has no way to write is tagged. */
export type ScalarRow =
  | number
  | string
  | boolean
  | null
  | { readonly number: 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { readonly undefined: true };

/** The numbers of a typed array: its class, and its bytes in base64. */
export interface TypedArrayRow {
  readonly typed: string;
  readonly base64: string;
}

/** Plain data, such as a setting of an operation. */
export type DataRow =
  | ScalarRow
  | TypedArrayRow
  | readonly DataRow[]
  | { readonly object: Readonly<Record<string, DataRow>> };

/** A tensor of a module or a trace. `data` is its name in the file; tensors may share their data. */
export interface TensorRow {
  readonly data: string;
  readonly kind: 'parameter' | 'buffer' | 'tensor';
  /** Its shape, where another one than that of the data. */
  readonly shape?: readonly number[];
}

/** A class of modules: its name, and the names of the arguments of its `forward`. */
export interface ClassRow {
  readonly type: string;
  readonly inputs: readonly string[];
  /** Where it is one of the library's own containers, which are always there. */
  readonly isContainer?: true;
}

/** What a property, an item or an entry holds. `omitted` says what was left out, as it cannot be saved. */
export type HeldRow =
  | ScalarRow
  | { readonly object: number }
  | { readonly tensor: number }
  | { readonly omitted: string };

/** A module, an array, a plain object or a typed array. Those that are held twice are there once. */
export type ObjectRow =
  | { readonly class: number; readonly properties: readonly (readonly [name: string, held: HeldRow])[] }
  | { readonly items: readonly HeldRow[] }
  | { readonly entries: readonly (readonly [key: string, held: HeldRow])[] }
  | TypedArrayRow;

/** A place in the author's code, as `_code` shows it. */
export interface SourceRow {
  readonly file: string;
  readonly line: number;
  readonly functionName: string | null;
  readonly text: string | null;
  readonly textLine: number;
}

/** Shape and dtype that values share. */
export interface InfoRow {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** An argument or result: a value's number, an array, an object, or a scalar with its number in the trace. */
export type StructureRow =
  | number
  | readonly StructureRow[]
  | { readonly object: Readonly<Record<string, StructureRow>> }
  | { readonly scalar: ScalarRow; readonly id: number };

/** A module call in the tree, or a scope in one. */
export interface GraphNodeRow {
  readonly name: string;
  readonly type: string;
  readonly callee: string;
  readonly isOpaque?: true;
  readonly isScope?: true;
  readonly source?: number;
  readonly children: readonly NodeRow[];
}

/** A value in the tree. Absent fields are empty or null. */
export interface ValueNodeRow {
  readonly name: string;
  readonly kind: string;
  readonly value: StructureRow;
  readonly op?: string;
  readonly operands?: readonly number[];
  readonly settings?: number;
  readonly source?: number;
}

export type NodeRow = GraphNodeRow | ValueNodeRow;

type InputRow = number | readonly number[];

/** A step of the program; each kind has a key that no other has. */
export type StepRow =
  | {
      readonly kernel: string;
      /** By name, or a list where the kernel takes one. */
      readonly inputs: Readonly<Record<string, InputRow>> | readonly InputRow[];
      readonly attrs?: number;
      readonly outputs: readonly number[];
    }
  | { readonly from: number; readonly to: number }
  | { readonly parameter: string; readonly to: number }
  | { readonly constant: number; readonly to: number; readonly scalar?: ScalarRow }
  | {
      readonly opaque: string;
      readonly inputs: readonly StructureRow[];
      readonly parameters: readonly (readonly [name: string, value: number])[];
      readonly output: StructureRow;
      readonly calls: readonly CallRow[];
    };

/** A recorded call inside of an opaque module. */
export interface CallRow {
  readonly module: string;
  readonly inputs: readonly StructureRow[];
  readonly output: StructureRow;
  readonly steps: readonly StepRow[];
}

/** A trace. */
export interface GraphRow {
  /** For each value, which of the document's `infos` describes it. */
  readonly values: readonly number[];
  readonly inputs: readonly StructureRow[];
  readonly output: StructureRow;
  readonly root: GraphNodeRow;
  readonly steps: readonly StepRow[];
  readonly unused: readonly string[];
  readonly aliases: readonly (readonly [alias: string, path: string])[];
}

/** The whole text. */
export interface GraphDocument {
  readonly version: number;
  readonly isAsync: boolean;
  readonly tensors: readonly TensorRow[];
  readonly classes: readonly ClassRow[];
  /** The first one is the model. */
  readonly objects: readonly ObjectRow[];
  readonly sources: readonly SourceRow[];
  readonly infos: readonly InfoRow[];
  readonly settings: readonly Readonly<Record<string, DataRow>>[];
  /** The first one is that of the example inputs. */
  readonly graphs: readonly GraphRow[];
}
