import * as tf from '@tensorflow/tfjs';

/**
 * Collects the tensors that are made while it is entered, as `tf.tidy` does, but can be left and entered
 * again, so that it spans waiting. Its owner disposes it.
 */
export class TensorScope {
  private readonly scope = {
    track: [] as tf.Tensor[],
    name: 'patchbay',
    id: tf.engine().state.nextScopeId++,
  };

  /** Runs synchronous code whose new tensors belong to this scope. */
  within<T>(fn: () => T): T {
    const { state } = tf.engine();
    const before = state.activeScope;
    const depth = state.scopeStack.length;
    state.scopeStack.push(this.scope);
    state.activeScope = this.scope;
    try {
      return fn();
    } finally {
      state.scopeStack.length = depth;
      state.activeScope = before;
    }
  }

  /** Takes over a tensor that was made elsewhere. */
  adopt(tensor: tf.Tensor): void {
    if (tensor.scopeId === this.scope.id) return;
    tensor.scopeId = this.scope.id;
    this.scope.track.push(tensor);
  }

  /** Frees all tensors made in it but those in `kept`, which become the caller's, and those that `tf.keep` marked. */
  dispose(kept: readonly tf.Tensor[] = []): void {
    const saved = new Set(kept);
    for (const tensor of this.scope.track) if (!tensor.kept && !saved.has(tensor)) tensor.dispose();
    this.scope.track.length = 0;
  }
}
