import type { NodeRecord } from '@patchbay/core/client';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { nodeMatcher } from './match.js';
import { browseRows, filteredRows, type Openness, openTo, type TreeRow } from './rows.js';

interface TreeRows {
  rows: TreeRow[];
  isFiltered: boolean;
  /** The filter that the rows follow; it may lag behind the one typed. */
  shownFilter: string;
  setOpen(path: string, isOpen: boolean): void;
  /** Opens what leads to a path, so that it has a row. */
  reveal(path: string): void;
}

const nothing: Openness = new Map();

/** The visible rows. A filter has its own memory of what is open, and starts anew with each text. */
export function useTreeRows(nodes: readonly NodeRecord[], filter: string): TreeRows {
  const [browsed, setBrowsed] = useState(nothing);
  const [filtered, setFiltered] = useState({ filter: '', opened: nothing });
  const wanted = useDeferredValue(filter);
  const matcher = useMemo(() => nodeMatcher(wanted), [wanted]);
  const openedHere = filtered.filter === wanted ? filtered.opened : nothing;

  const rows = useMemo(
    () => (matcher === null ? browseRows(nodes, browsed) : filteredRows(nodes, matcher, openedHere)),
    [nodes, matcher, browsed, openedHere],
  );
  const setOpen = useCallback(
    (path: string, isOpen: boolean) => {
      if (matcher === null) setBrowsed((opened) => new Map(opened).set(path, isOpen));
      else setFiltered({ filter: wanted, opened: new Map(openedHere).set(path, isOpen) });
    },
    [matcher, wanted, openedHere],
  );
  const reveal = useCallback((path: string) => setBrowsed((opened) => openTo(nodes, path, opened)), [nodes]);
  return { rows, isFiltered: matcher !== null, shownFilter: wanted, setOpen, reveal };
}
