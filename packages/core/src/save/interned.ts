/** Rows of a list in which each is there once. */
export class Interned<T> {
  readonly rows: T[] = [];
  private readonly indices = new Map<string, number>();

  /** The index of a row like this one. */
  of(row: T): number {
    const key = JSON.stringify(row);
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    this.indices.set(key, this.rows.length);
    this.rows.push(row);
    return this.rows.length - 1;
  }
}
