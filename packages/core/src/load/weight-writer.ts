/** Takes the numbers of one weight in row-major order, in as many parts as they come. */
export interface WeightWriter {
  /** The next numbers. They are copied: the caller may reuse `values`. */
  write(values: Float32Array): void;
  /** Puts the weight into the model; all its numbers must have been written. */
  end(): void;
  /** Frees what has been written. Does nothing after `end`. */
  abort(): void;
}
