import type { TreeRow } from './rows.js';

/** What a key does in the tree. */
export type TreeCommand =
  | { kind: 'focus'; row: number }
  | { kind: 'open'; row: number; isOpen: boolean }
  | { kind: 'select'; row: number }
  | { kind: 'patch'; row: number }
  | { kind: 'copy'; row: number };

const pageSize = 12;

/** The command of a key by the ARIA tree pattern, or null for keys that are none of the tree's. */
export function treeCommand(rows: readonly TreeRow[], at: number, key: string): TreeCommand | null {
  const row = rows[at];
  if (row === undefined) return null;
  const focus = (to: number): TreeCommand => ({
    kind: 'focus',
    row: Math.max(0, Math.min(rows.length - 1, to)),
  });
  const hasChildren = row.node.childCount > 0;
  switch (key) {
    case 'ArrowDown':
      return focus(at + 1);
    case 'ArrowUp':
      return focus(at - 1);
    case 'PageDown':
      return focus(at + pageSize);
    case 'PageUp':
      return focus(at - pageSize);
    case 'Home':
      return focus(0);
    case 'End':
      return focus(rows.length - 1);
    case 'ArrowRight':
      if (!hasChildren) return null;
      return row.isOpen ? focus(at + 1) : { kind: 'open', row: at, isOpen: true };
    case 'ArrowLeft': {
      if (hasChildren && row.isOpen) return { kind: 'open', row: at, isOpen: false };
      const parent = rows.findIndex(({ index }) => index === row.node.parent);
      return parent < 0 ? null : focus(parent);
    }
    case 'Enter':
    case ' ':
      return { kind: 'select', row: at };
    case 'p':
      return row.node.shape === null ? null : { kind: 'patch', row: at };
    case 'c':
      return row.node.path === '' ? null : { kind: 'copy', row: at };
    default:
      return null;
  }
}

/** The next row, around the end, whose name starts with what was typed; -1 if there is none. */
export function typeAhead(rows: readonly TreeRow[], at: number, typed: string): number {
  const lower = typed.toLowerCase();
  // The first letter looks beyond the current row, further letters may stay on it.
  const first = typed.length > 1 ? at : at + 1;
  for (let step = 0; step < rows.length; step += 1) {
    const candidate = (first + step) % rows.length;
    if (rows[candidate]?.node.name.toLowerCase().startsWith(lower)) return candidate;
  }
  return -1;
}
