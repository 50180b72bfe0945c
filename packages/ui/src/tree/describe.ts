import type { NodeRecord } from '@patchbay/core/client';
import { formatValue } from '../base/format.js';
import type { Badge } from './badges.js';

/** The name as the tree shows it; the root has none of its own. */
export function shownName(node: NodeRecord): string {
  return node.path === '' ? (node.type ?? 'model') : node.name;
}

/** What stands quietly behind the name: a shape, a number, a module's class, or the engine's label. */
export function quietLabel(node: NodeRecord): string {
  if (node.dtype === 'number') return formatValue(Number(node.label));
  if (node.shape !== null) return node.shape.length === 0 ? 'scalar' : node.shape.join(' × ');
  if (node.kind === 'graph') return node.path === '' ? '' : (node.type ?? '');
  return node.label;
}

/** Name, label and marks in words, for screen readers. */
export function accessibleName(node: NodeRecord, badges: readonly Badge[]): string {
  return [`${shownName(node)} ${node.label}`, ...badges.map((badge) => badgeWords[badge])].join(', ');
}

const badgeWords: Record<Badge, string> = {
  patched: 'patched',
  probed: 'probed',
  changed: 'changed',
  inside: 'patched inside',
};

/** Everything about a node in a line, for its tooltip. */
export function describeNode(node: NodeRecord): string {
  const dtype = node.dtype === null ? '' : ` ${node.dtype}`;
  const type = node.type === null ? '' : ` · ${node.type}`;
  const aliases = node.aliases.length === 0 ? '' : ` · also ${node.aliases.join(', ')}`;
  return `${node.path || shownName(node)} · ${node.kind}${type} · ${node.label}${dtype}${aliases}`;
}
