import type { Workbench } from '@patchbay/ui';
import { ErrorBoundary } from 'react-error-boundary';
import { NoticeLine } from '../models/notice-line.js';
import { usePageTitle } from '../models/use-page-title.js';
import { Banner } from './banner.js';
import { DropZone } from './drop-zone.js';
import { Layout } from './layout.js';
import { PageError } from './page-error.js';
import { StatusLine } from './status-line.js';
import { useTheme } from './theme.js';
import { TopBar } from './top-bar.js';
import { useShortcuts } from './use-shortcuts.js';
import './top-bar.css';
import './panels.css';
import './app.css';

/** The workbench page. */
export function App({ workbench }: { workbench: Workbench }) {
  const { theme, choice, cycle } = useTheme();
  useShortcuts(workbench);
  usePageTitle(workbench);
  return (
    <ErrorBoundary FallbackComponent={PageError}>
      <DropZone
        onModel={(model) => void workbench.library.choose(model)}
        takesImage={() => workbench.state.getState().model?.info.input.kind === 'image'}
        onImage={(file) => void workbench.runImage(file)}
        onError={workbench.fail}
      >
        <TopBar workbench={workbench} themeChoice={choice} onTheme={cycle} />
        <Banner workbench={workbench} />
        <NoticeLine workbench={workbench} />
        <Layout workbench={workbench} theme={theme} />
        <StatusLine workbench={workbench} />
      </DropZone>
    </ErrorBoundary>
  );
}
