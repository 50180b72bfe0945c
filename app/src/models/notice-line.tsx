import { useWorkbench, type Workbench } from '@patchbay/ui';
import { X } from 'lucide-react';

/** What is worth knowing about how the model was loaded. */
export function NoticeLine({ workbench }: { workbench: Workbench }) {
  const notices = useWorkbench(workbench.state, (state) => state.notices);
  if (notices.length === 0) return null;
  return (
    <div className="notice-line" role="status">
      <p>{notices.join(' ')}</p>
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={workbench.dismissNotices}>
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}
