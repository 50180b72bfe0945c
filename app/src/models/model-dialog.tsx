import { type LibraryPage, Modal, useLibrary, type Workbench } from '@patchbay/ui';
import { useEffect } from 'react';
import { Tabs } from '../shell/tabs.js';
import { KeptPage } from './kept-page.js';
import { StageView } from './stage-view.js';

const pages: readonly (readonly [LibraryPage, string])[] = [
  ['find', 'Find'],
  ['kept', 'Downloads'],
];

/** Models from elsewhere: found, planned, downloaded, and what is kept of them. */
export function ModelDialog({ workbench }: { workbench: Workbench }) {
  const { library } = workbench;
  const isOpen = useLibrary(library, (state) => state.isOpen);
  const page = useLibrary(library, (state) => state.page);
  useEffect(() => {
    if (isOpen) void library.showKept();
  }, [isOpen, library]);

  /** What is under way is stopped first; what has arrived is kept. */
  function onEscape(): boolean {
    const { stage } = library.state.getState();
    const isUnderWay = stage.kind === 'planned' && stage.load.kind === 'under-way';
    if (!isUnderWay && stage.kind !== 'planning') return false;
    library.cancel();
    return true;
  }

  return (
    <Modal title="More models" isOpen={isOpen} onClose={library.close} onEscape={onEscape}>
      <Tabs label="More models" tabs={pages} value={page} onChange={(next) => library.open(next)} />
      <div className="modal-page" role="tabpanel" aria-label={pages.find(([each]) => each === page)?.[1]}>
        <div hidden={page !== 'find'}>
          <StageView workbench={workbench} />
        </div>
        {page === 'kept' && isOpen && <KeptPage workbench={workbench} />}
      </div>
    </Modal>
  );
}
