import protobuf from 'protobufjs';

/** The part of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 that is written here. */
const SCHEMA = `
syntax = "proto3";
message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20; }
message Node {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5;
}
message Entry { string key = 1; string value = 2; }
message Tensor {
  repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; repeated Entry external_data = 13;
  int32 data_location = 14;
}
message Dimension { int64 dim_value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Graph {
  repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message OperatorSet { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated OperatorSet opset_import = 8; }
`;

const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model');

/** ONNX's numbers for the types of tensors and attributes. */
const DTYPES = { float32: 1, int64: 7 } as const;
const ATTRIBUTES = { float: 1, int: 2, string: 3, ints: 7 } as const;
const EXTERNAL = 1;

export type Setting = { float: number } | { int: number } | { string: string } | { ints: number[] };

interface Value {
  readonly name: string;
  readonly dtype: keyof typeof DTYPES;
  readonly shape: readonly number[];
}

/** Where the numbers of a tensor are in a file. */
export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Collects a network and writes it in the ONNX format. */
export class OnnxWriter {
  private readonly nodes: object[] = [];
  private readonly tensors: object[] = [];

  /** An op and its settings; returns the names of its outputs. */
  op(type: string, inputs: readonly string[], settings: Record<string, Setting> = {}, outputs = 1): string[] {
    const name = `${type}_${this.nodes.length}`;
    const output = Array.from({ length: outputs }, (_, i) => `${name}_${i}`);
    const attribute = Object.entries(settings).map(([key, setting]) => ({
      name: key,
      ...attributeOf(setting),
    }));
    this.nodes.push({ name, op_type: type, input: inputs, output, attribute });
    return output;
  }

  /** A constant whose numbers are in the file itself. */
  constant(values: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const name = `constant_${this.tensors.length}`;
    const data_type = values instanceof Float32Array ? DTYPES.float32 : DTYPES.int64;
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.tensors.push({ name, dims: shape, data_type, raw_data });
    return name;
  }

  /** A float32 weight whose numbers are in another file. */
  weight(name: string, shape: readonly number[], { file, offset, length }: Place): string {
    const external_data = Object.entries({ location: file, offset, length }).map(([key, value]) => ({
      key,
      value: String(value),
    }));
    this.tensors.push({
      name,
      dims: shape,
      data_type: DTYPES.float32,
      external_data,
      data_location: EXTERNAL,
    });
    return name;
  }

  /** The file. */
  write(inputs: readonly Value[], outputs: readonly Value[]): Uint8Array {
    const graph = {
      name: 'network',
      node: this.nodes,
      initializer: this.tensors,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    };
    const message = {
      ir_version: 9,
      producer_name: 'patchbay',
      graph,
      opset_import: [{ domain: '', version: 20 }],
    };
    return Model.encode(Model.fromObject(message)).finish();
  }
}

function attributeOf(setting: Setting): object {
  if ('float' in setting) return { f: setting.float, type: ATTRIBUTES.float };
  if ('int' in setting) return { i: setting.int, type: ATTRIBUTES.int };
  if ('string' in setting) return { s: new TextEncoder().encode(setting.string), type: ATTRIBUTES.string };
  return { ints: setting.ints, type: ATTRIBUTES.ints };
}

function valueInfo({ name, dtype, shape }: Value): object {
  const dim = shape.map((length) => ({ dim_value: length }));
  return { name, type: { tensor_type: { elem_type: DTYPES[dtype], shape: { dim } } } };
}
