import { useHistory, useWorkbench, type Workbench } from '@patchbay/ui';
import { Monitor, Moon, Play, Redo2, Sun, Undo2 } from 'lucide-react';
import { BackendBadge } from './backend-badge.js';
import { ModelMenu } from './model-menu.js';
import type { ThemeChoice } from './theme.js';

export interface TopBarProps {
  workbench: Workbench;
  themeChoice: ThemeChoice;
  onTheme(): void;
}

const themeIcons = { light: Sun, dark: Moon, system: Monitor };

/** Name, model, backend, and what concerns the whole session. */
export function TopBar({ workbench, themeChoice, onTheme }: TopBarProps) {
  const { canUndo, canRedo } = useHistory(workbench.session);
  const isReady = useWorkbench(workbench.state, ({ model, phase }) => model !== null && phase === 'ready');
  const ThemeIcon = themeIcons[themeChoice];
  return (
    <header className="top-bar">
      <h1 className="brand">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M4.5 5.5c0 11 11-2 11 9" fill="none" stroke="var(--patched)" strokeWidth="2" />
          <circle cx="4.5" cy="4.5" r="2.4" fill="var(--panel)" stroke="currentColor" strokeWidth="1.6" />
          <circle cx="15.5" cy="15.5" r="2.4" fill="var(--panel)" stroke="currentColor" strokeWidth="1.6" />
        </svg>
        <span>Patchbay</span>
      </h1>
      <ModelMenu workbench={workbench} />
      <BackendBadge workbench={workbench} />
      <div className="top-actions">
        <button
          type="button"
          className="icon-button"
          aria-label="Undo"
          title="Undo (Ctrl/⌘ Z)"
          disabled={!canUndo}
          onClick={workbench.undo}
        >
          <Undo2 size={16} aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Redo"
          title="Redo (Ctrl/⌘ Shift Z)"
          disabled={!canRedo}
          onClick={workbench.redo}
        >
          <Redo2 size={16} aria-hidden />
        </button>
        <button
          type="button"
          className="button button-primary run-button"
          title="Run (Ctrl/⌘ Enter)"
          disabled={!isReady}
          onClick={workbench.run}
        >
          <Play size={13} fill="currentColor" aria-hidden /> <span>Run</span>
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={`Colours: ${themeChoice}`}
          title={`Colours: ${themeChoice}`}
          onClick={onTheme}
        >
          <ThemeIcon size={16} aria-hidden />
        </button>
      </div>
    </header>
  );
}
