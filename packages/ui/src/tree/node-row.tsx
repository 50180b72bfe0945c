import { ChevronRight } from 'lucide-react';
import type { CSSProperties } from 'react';
import type { Badge } from './badges.js';
import { accessibleName, describeNode, quietLabel, shownName } from './describe.js';
import type { TreeRow } from './rows.js';

export interface NodeRowProps {
  row: TreeRow;
  badges: readonly Badge[];
  isSelected: boolean;
  /** Whether Tab reaches this row. */
  isActive: boolean;
  style: CSSProperties;
  onSelect(): void;
  onToggle(): void;
  onPatch(): void;
}

/** One line of the node tree. */
export function NodeRow({ row, badges, isSelected, isActive, style, ...act }: NodeRowProps) {
  const { node } = row;
  const hasChildren = node.childCount > 0;
  return (
    // The tree itself handles the keys of all rows.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      role="treeitem"
      className="node-row"
      data-path={node.path}
      data-kind={node.kind}
      data-match={row.isMatch || undefined}
      aria-label={accessibleName(node, badges)}
      aria-level={node.depth + 1}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-expanded={hasChildren ? row.isOpen : undefined}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      title={describeNode(node)}
      style={{ ...style, '--depth': node.depth } as CSSProperties}
      onClick={act.onSelect}
      onDoubleClick={node.shape === null ? act.onToggle : act.onPatch}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: arrow keys of the tree do the same */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a part of the row, for the pointer alone */}
      <span
        className="node-chevron"
        onClick={(event) => {
          if (!hasChildren) return;
          event.stopPropagation();
          act.onToggle();
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {hasChildren && <ChevronRight size={14} aria-hidden />}
      </span>
      <span className="node-name">{shownName(node)}</span>
      {badges.map((badge) => (
        <span key={badge} className="node-badge" data-badge={badge} title={badgeTitles[badge]} />
      ))}
      <span className="node-label">{quietLabel(node)}</span>
    </div>
  );
}

const badgeTitles: Record<Badge, string> = {
  patched: 'Patched here',
  probed: 'Probed here',
  inside: 'Something in here is patched',
  changed: 'Downstream of a patch: its value may differ',
};
