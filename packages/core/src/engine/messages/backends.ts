/** The tfjs backends in the order in which the engine tries them. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Which backend runs, and in words why it is that one. */
export interface BackendInfo {
  name: BackendName;
  /** The GPU adapter's description on WebGPU, else null. */
  adapter: string | null;
  reason: string;
}
