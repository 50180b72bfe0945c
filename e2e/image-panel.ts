import { expect, type Locator, type Page } from '@playwright/test';

/** A point on the drawing pad, whose sides go from 0 to 1. */
type Point = readonly [x: number, y: number];

/** What can be done to the picture that an image model runs on. */
export class ImagePanel {
  readonly panel: Locator;
  readonly pad: Locator;
  readonly pixels: Locator;
  readonly clear: Locator;

  constructor(private readonly page: Page) {
    this.panel = page.getByRole('region', { name: 'Image' });
    this.pad = this.panel.getByRole('img', { name: /Drawing pad/ });
    this.pixels = this.panel.getByRole('application', { name: /Pixels/ });
    this.clear = this.panel.getByRole('button', { name: 'Clear' });
  }

  sample(label: string): Locator {
    return this.panel.getByRole('button', { name: `Sample ${label}` });
  }

  /** Draws a line through points, without lifting the pen. */
  async draw(points: readonly Point[]): Promise<void> {
    const box = await this.pad.boundingBox();
    if (box === null) throw new Error('The drawing pad is not visible.');
    const { mouse } = this.page;
    const place = ([x, y]: Point): [number, number] => [box.x + x * box.width, box.y + y * box.height];
    const [first, ...others] = points;
    if (first === undefined) return;
    await mouse.move(...place(first));
    await mouse.down();
    for (const point of others) await mouse.move(...place(point), { steps: 8 });
    await mouse.up();
  }

  /** Whether any pixel has ink. */
  async expectInk(hasInk: boolean): Promise<void> {
    await expect(this.clear).toBeEnabled({ enabled: hasInk });
  }
}
