import { literalText } from '../graph/code-text.js';
import type { Graph, Structure, TensorInfo } from '../graph/types.js';

/** The inputs that a graph takes, for messages: `(int32 [1, 14], { mask: null })`. */
export function signatureWords({ inputs, values }: Graph): string {
  const words = (structure: Structure): string => {
    switch (structure.kind) {
      case 'tensor': {
        const { dtype, shape } = values[structure.value] as TensorInfo;
        return `${dtype} [${shape.join(', ')}]`;
      }
      case 'array':
        return `[${structure.items.map(words).join(', ')}]`;
      case 'object': {
        const entries = Object.entries(structure.entries);
        return `{ ${entries.map(([key, entry]) => `${key}: ${words(entry)}`).join(', ')} }`;
      }
      case 'scalar':
        return literalText(structure.scalar);
    }
  };
  return `(${inputs.map(words).join(', ')})`;
}
