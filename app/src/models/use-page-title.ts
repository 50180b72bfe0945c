import { percentOf, useWorkbench, type Workbench } from '@patchbay/ui';
import { useEffect } from 'react';

const title = 'Patchbay';

/** Shows in the browser's tab how far a download is. */
export function usePageTitle(workbench: Workbench): void {
  const percent = useWorkbench(workbench.state, ({ loading }) =>
    loading?.stage === 'download' && loading.progress !== null ? percentOf(loading.progress) : null,
  );
  useEffect(() => {
    document.title = percent === null ? title : `${percent} % · ${title}`;
  }, [percent]);
}
