import type { Workbench } from '@patchbay/ui';
import { catalog, type Example } from '../catalog/catalog.js';
import { openCatalogModel, sessionOf } from '../catalog/open-example.js';

/** Opens a model of the catalog, or one of its examples; a failure is shown on the page. */
export async function openFromCatalog(
  workbench: Workbench,
  id: string,
  example: Example | null = null,
): Promise<void> {
  const entry = catalog.find((each) => each.id === id);
  if (entry === undefined) return;
  const { model } = workbench.state.getState();
  try {
    const choice = await openCatalogModel(entry);
    const session = example === null ? undefined : sessionOf(example, choice.samples);
    const isOpen = model?.source.kind === 'url' && model.source.url === entry.url;
    if (isOpen && session !== undefined) workbench.session.getState().replace(session);
    else await workbench.load(choice, session);
  } catch (error) {
    workbench.fail(error);
  }
}
