import { lazy } from 'react';

/** `SourceView`, loaded when it is first shown. */
export const LazySourceView = lazy(() => import('./source-view.js'));
