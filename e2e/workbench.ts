import { expect, type Locator, type Page } from '@playwright/test';
import { ImagePanel } from './image-panel.js';

/** The workbench as its users see it: roles, names and a few test ids. */
export class Workbench {
  readonly tree: Locator;
  readonly filter: Locator;
  readonly patches: Locator;
  readonly prompt: Locator;
  readonly image: ImagePanel;
  readonly topClean: Locator;
  readonly topPatched: Locator;
  readonly status: Locator;
  readonly backend: Locator;

  constructor(readonly page: Page) {
    this.tree = page.getByRole('tree');
    this.filter = page.getByRole('searchbox', { name: 'Filter nodes' });
    this.patches = page.getByRole('list', { name: 'Patches' });
    this.prompt = page.getByRole('textbox', { name: 'Prompt' });
    this.image = new ImagePanel(page);
    this.topClean = page.getByTestId('top-clean');
    this.topPatched = page.getByTestId('top-patched');
    this.status = page.getByTestId('status');
    this.backend = page.getByTestId('backend');
  }

  /** Opens the page with a query such as `backend=wasm`, and waits until the example has an answer. */
  static async open(page: Page, query = ''): Promise<Workbench> {
    const workbench = new Workbench(page);
    await page.goto(query ? `/?${query}` : '/');
    await expect(workbench.topClean).not.toBeEmpty();
    await expect(workbench.topPatched).not.toBeEmpty();
    return workbench;
  }

  /** Opens the digit classifier, with its first example, by the menu. */
  static async openDigits(page: Page, query = 'backend=wasm'): Promise<Workbench> {
    const workbench = await Workbench.open(page, query);
    await workbench.choose('Digits');
    await expect(workbench.topClean).toHaveText('7');
    return workbench;
  }

  /** Chooses a model, or one of its examples, from the menu. */
  async choose(name: string): Promise<void> {
    await this.page.locator('[popovertarget="model-popover"]').click();
    const menu = this.page.getByRole('dialog', { name: 'Models' });
    await menu.getByRole('button', { name }).first().click();
  }

  /** The most probable answer of the clean run. */
  async cleanAnswer(): Promise<string> {
    return (await this.topClean.textContent()) ?? '';
  }

  node(path: string): Locator {
    return this.tree.getByRole('treeitem').and(this.page.locator(`[data-path="${path}"]`));
  }

  /** Selects a node by its path, finding it through the filter. */
  async select(path: string): Promise<void> {
    await this.filter.fill(path);
    await this.node(path).click();
    await expect(this.node(path)).toHaveAttribute('aria-selected', 'true');
  }

  /** Attaches a zero patch to a node. */
  async attach(path: string): Promise<void> {
    await this.select(path);
    await this.page.getByRole('button', { name: 'Add patch' }).click();
  }

  /** The patch on a path, in the list. */
  patch(path: string): Locator {
    return this.patches.getByRole('listitem').filter({ hasText: path });
  }

  slice(path: string): Locator {
    return this.patch(path).getByRole('textbox', { name: 'Slice' });
  }

  async remove(path: string): Promise<void> {
    await this.patch(path).getByRole('button', { name: 'Delete' }).click();
  }

  async removeAllPatches(): Promise<void> {
    const items = this.patches.getByRole('listitem');
    for (let left = await items.count(); left > 0; left--) {
      await items.first().getByRole('button', { name: 'Delete' }).click();
      await expect(items).toHaveCount(left - 1);
    }
  }

  async toggleFirstPatch(): Promise<void> {
    await this.patches.getByRole('checkbox').first().click();
  }

  async openFiles(paths: Parameters<Locator['setInputFiles']>[0]): Promise<void> {
    await this.page.locator('input[type=file]').first().setInputFiles(paths);
  }
}
