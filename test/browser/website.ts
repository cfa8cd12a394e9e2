import { Standalone } from '#libs/testing';
import { ListeningPages } from './listening-page.js';

/** A Runnel, and a website of another origin whose pages listen to it. Whoever starts it stops it. */
export class Website {
  private constructor(
    readonly pages: ListeningPages,
    readonly runnel: Standalone,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Website> {
    const pages = await ListeningPages.start();
    try {
      const runnel = await Standalone.start({ RUNNEL_CORS_ORIGINS: pages.origin, ...env });
      pages.client = `${runnel.url}/client.js`;
      return new Website(pages, runnel);
    } catch (error) {
      await pages.stop();
      throw error;
    }
  }

  /** The address of a workflow's stream. */
  address(id: string): string {
    return `${this.runnel.url}/pipelines/${id}/sse`;
  }

  /** Stores each payload as an event on the channel `n`. */
  publish(id: string, ...payloads: unknown[]) {
    return this.runnel.publish(
      id,
      payloads.map((payload) => ({ channel: 'n', payload })),
    );
  }

  async stop(): Promise<void> {
    await this.runnel.stop();
    await this.pages.stop();
  }
}
