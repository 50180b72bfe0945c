import type { Locator, Page } from '@playwright/test';
import type { Workbench } from './workbench.js';

/** The dialog in which models are found, downloaded and removed. */
export class ModelDialog {
  readonly page: Page;
  readonly dialog: Locator;
  readonly source: Locator;
  readonly download: Locator;
  readonly resume: Locator;
  readonly progress: Locator;
  readonly alert: Locator;
  readonly kept: Locator;

  constructor(private readonly workbench: Workbench) {
    this.page = workbench.page;
    this.dialog = this.page.getByRole('dialog', { name: 'More models' });
    this.source = this.dialog.getByRole('textbox', { name: 'Hugging Face model or address' });
    this.download = this.dialog.getByRole('button', { name: /^(Download|Open)/ });
    this.resume = this.dialog.getByRole('button', { name: 'Resume' });
    this.progress = this.dialog.getByRole('progressbar');
    this.alert = this.dialog.getByRole('alert');
    this.kept = this.dialog.getByRole('list', { name: 'Downloads' }).getByRole('listitem');
  }

  async open(): Promise<void> {
    await this.workbench.choose('More models');
  }

  async openDownloads(): Promise<void> {
    await this.workbench.choose('Downloads');
  }

  /** Types a name or an address, and asks for it. */
  async lookUp(text: string): Promise<void> {
    await this.open();
    await this.source.fill(text);
    await this.source.press('Enter');
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole('button', { name });
  }
}
