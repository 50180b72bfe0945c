import { CheckpointError } from '../../errors.js';

export function broken(what: string): CheckpointError {
  return new CheckpointError(`The PyTorch file is broken: ${what}.`);
}
