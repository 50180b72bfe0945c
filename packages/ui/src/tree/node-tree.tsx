import type { NodeRecord } from '@patchbay/core/client';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { Badge } from './badges.js';
import { type TreeCommand, treeCommand, typeAhead } from './keyboard.js';
import { NodeRow } from './node-row.js';
import { useTreeRows } from './use-tree-rows.js';
import { useTypeAhead } from './use-type-ahead.js';
import './tree.css';

export interface NodeTreeProps {
  nodes: readonly NodeRecord[];
  badges: ReadonlyMap<string, readonly Badge[]>;
  /** Paths around patches, marked while they are closed. */
  around: ReadonlySet<string>;
  selected: string | null;
  filter: string;
  /** Height of a row in pixels. */
  rowHeight: number;
  onFilter(filter: string): void;
  onSelect(path: string): void;
  onPatch(path: string): void;
  onCopy(path: string): void;
}

const noBadges: readonly Badge[] = [];
const insideBadges: readonly Badge[] = ['inside'];

/** The node-path tree with its filter. Rows outside of the view are not in the document. */
export function NodeTree({ nodes, badges, around, selected, filter, rowHeight, ...act }: NodeTreeProps) {
  const { onFilter, onSelect, onPatch, onCopy } = act;
  const { rows, isFiltered, shownFilter, setOpen, reveal } = useTreeRows(nodes, filter);
  const scroller = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const scrolledFor = useRef<string | null>(null);
  const typing = useTypeAhead();
  const selectedRow = useMemo(() => rows.findIndex(({ node }) => node.path === selected), [rows, selected]);
  const activeRow = Math.max(0, selectedRow);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeRow])].sort((a, b) => a - b),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: what the user closes later stays closed in new trees
  useEffect(() => {
    if (selected !== null) reveal(selected);
  }, [selected]);

  useEffect(() => {
    // Opening and closing rows moves the selected one, too, but must not scroll away from them.
    const occasion = `${selected} ${shownFilter}`;
    if (selectedRow < 0 || scrolledFor.current === occasion) return;
    scrolledFor.current = occasion;
    const { startIndex = 0, endIndex = 0 } = virtual.calculateRange() ?? {};
    const isVisible = selectedRow > startIndex && selectedRow < endIndex;
    if (!isVisible) virtual.scrollToIndex(selectedRow, { align: wantsFocus.current ? 'auto' : 'center' });
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    scroller.current?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus();
  }, [selected, shownFilter, selectedRow, virtual]);

  function carryOut(command: TreeCommand): void {
    const path = rows[command.row]?.node.path;
    if (path === undefined) return;
    if (command.kind === 'open') setOpen(path, command.isOpen);
    else if (command.kind === 'patch') onPatch(path);
    else if (command.kind === 'copy') onCopy(path);
    else focusRow(command.row, path);
  }

  function focusRow(row: number, path: string): void {
    if (row === selectedRow) return;
    wantsFocus.current = true;
    onSelect(path);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isLetter = /^[\p{L}\p{N}_]$/u.test(event.key);
    const command = isLetter && typing.isTyping() ? null : treeCommand(rows, activeRow, event.key);
    if (command !== null) carryOut(command);
    else if (isLetter) {
      const found = typeAhead(rows, activeRow, typing.type(event.key));
      if (found >= 0) carryOut({ kind: 'focus', row: found });
    } else return;
    event.preventDefault();
  }

  return (
    <div className="node-tree">
      <input
        type="search"
        className="field tree-filter"
        aria-label="Filter nodes"
        placeholder="Filter: attn.pattern, h_*.output"
        value={filter}
        spellCheck={false}
        data-own-undo
        onChange={(event) => onFilter(event.target.value)}
      />
      <p className="visually-hidden" role="status">
        {isFiltered && `${rows.filter(({ isMatch }) => isMatch).length} nodes found`}
      </p>
      {isFiltered && rows.length === 0 ? (
        <p className="empty">No node matches. Use part of a path, or `*` and `**`.</p>
      ) : (
        <div className="tree-scroller" ref={scroller}>
          <div
            role="tree"
            aria-label="Nodes of the model"
            style={{ height: virtual.getTotalSize() }}
            onKeyDown={onKeyDown}
            tabIndex={-1}
          >
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index];
              if (row === undefined) return null;
              const { path } = row.node;
              return (
                <NodeRow
                  key={path}
                  row={row}
                  badges={badges.get(path) ?? (!row.isOpen && around.has(path) ? insideBadges : noBadges)}
                  isSelected={path === selected}
                  isActive={index === activeRow}
                  style={{ height: rowHeight, transform: `translateY(${start}px)` }}
                  onSelect={() => onSelect(path)}
                  onToggle={() => setOpen(path, !row.isOpen)}
                  onPatch={() => onPatch(path)}
                />
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}
