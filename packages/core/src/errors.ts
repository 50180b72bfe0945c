/** Base of every error that Patchbay throws on purpose; `code` is stable across versions. */
export abstract class PatchbayError extends Error {
  abstract readonly code: string;
  /** The class's name, which stack traces show. */
  override get name(): string {
    return this.constructor.name;
  }
}

/** Something in `forward` cannot be recorded: it reads a traced value, or returns a promise. */
export class UntraceableError extends PatchbayError {
  readonly code = 'untraceable';

  constructor(
    message: string,
    /** The module whose `forward` it is, where known. */
    readonly module: object | null = null,
  ) {
    super(message);
  }
}

/** A module that runs by itself returned something of another structure or shape than when it was traced. */
export class StaleTraceError extends PatchbayError {
  readonly code = 'stale-trace';
}

/** A node path that does not exist, or names something that cannot be patched. */
export class NodePathError extends PatchbayError {
  readonly code = 'node-path';
}

/** Slice text or a slice array that is malformed or does not fit the tensor. */
export class SliceError extends PatchbayError {
  readonly code = 'slice';
}

/** A patch that is none, has a value of the wrong shape, or is used in a wrong way. */
export class PatchError extends PatchbayError {
  readonly code = 'patch';
}

/** A graph that is not sound: it reads values before they are there, names values that it lacks, and the like. */
export class GraphError extends PatchbayError {
  readonly code = 'graph';
}

/** Inputs that a model or graph cannot take. */
export class InputError extends PatchbayError {
  readonly code = 'input';
}

/** `loadStateDict` met missing, unexpected or wrongly shaped keys. */
export class StateDictError extends PatchbayError {
  readonly code = 'state-dict';
}

/** A checkpoint that is broken, incomplete or of an unsupported kind. */
export class CheckpointError extends PatchbayError {
  readonly code = 'checkpoint';
}

/** A saved graph that is broken, of an unknown kind or hostile, or a graph that cannot be saved. */
export class GraphFileError extends PatchbayError {
  readonly code = 'graph-file';
}

/** A file that could not be fetched or read. */
export class SourceError extends PatchbayError {
  readonly code: string = 'source';

  constructor(
    message: string,
    /** Whether the same may succeed a little later: the connection broke, or the server is busy. */
    readonly mayPass = false,
  ) {
    super(message);
  }
}

/** A file that its server gives only to those who sign in, or whose licence has not been accepted. */
export class AccessError extends SourceError {
  override readonly code = 'access';
}

/** A file whose bytes are not those that were promised: another length or another hash. */
export class IntegrityError extends SourceError {
  override readonly code = 'integrity';
}

/** Work that was stopped because it was asked to. */
export class CancelledError extends PatchbayError {
  readonly code = 'cancelled';
}

/** No backend could be started, or the running one was lost. */
export class BackendError extends PatchbayError {
  readonly code = 'backend';
}

/** A tensor or a model that the device, or what the backend may use of it, cannot hold. */
export class DeviceLimitError extends PatchbayError {
  readonly code = 'device-limit';

  constructor(
    private readonly what: string,
    where: string | null = null,
  ) {
    super(where === null ? what : `${where}: ${what}`);
  }

  /** The same, met at a place that is better known. */
  at(where: string): DeviceLimitError {
    return new DeviceLimitError(this.what, where);
  }
}
