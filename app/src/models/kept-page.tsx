import { KeptList, sourceOfKept, useLibrary, type Workbench } from '@patchbay/ui';
import { useEffect, useState } from 'react';

/** The downloads that the browser keeps. */
export function KeptPage({ workbench }: { workbench: Workbench }) {
  const { library } = workbench;
  const kept = useLibrary(library, (state) => state.kept);
  const error = useLibrary(library, (state) => state.keptError);
  const [now] = useState(() => new Date());
  useEffect(() => void library.showKept(), [library]);
  return (
    <KeptList
      kept={kept}
      error={error}
      now={now}
      onOpen={(listing) => {
        library.open('find');
        void library.choose({ title: listing.name, source: sourceOfKept(listing) });
      }}
      onRemove={(id) => void library.removeKept(id)}
      onClear={() => void library.clearKept()}
    />
  );
}
