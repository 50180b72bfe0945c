import { lazy } from 'react';

/** `ActivationView`, loaded when it is first shown. */
export const LazyActivationView = lazy(() => import('./activation-view.js'));
