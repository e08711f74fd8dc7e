/** What an image is saved by. */
export interface ImageSaverOptions {
  /** The image as it is now; none while a transaction is open, or where nothing differs from what was saved. */
  take(): Uint8Array | 'busy' | 'unchanged';
  /** Keeps an image in place of the last one. */
  write(image: Uint8Array): Promise<void>;
  /** How long to wait for further changes, in milliseconds. */
  readonly delay: number;
  /** Is told of each failure; the image stays to be saved. */
  onError(error: unknown): void;
}

/** After how many delays an image is saved though changes go on. */
const mostDelays = 10;

/** Saves an image after it was changed: not at once but soon, one at a time, and again for what was changed meanwhile. */
export class ImageSaver {
  readonly #options: ImageSaverOptions;
  #changes = 0;
  #saved = 0;
  #firstUnsaved = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<boolean> | undefined;

  constructor(options: ImageSaverOptions) {
    this.#options = options;
  }

  /** Whether there are changes that were not saved. */
  get isDirty(): boolean {
    return this.#changes > this.#saved;
  }

  /** Says that the image was changed. */
  changed(): void {
    if (!this.isDirty) this.#firstUnsaved = performance.now();
    this.#changes++;
    this.#schedule();
  }

  /** Saves what is not saved yet, and waits for it; `false` where a transaction is open. Throws what it failed with. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#saving !== undefined) await this.#saving.catch(() => undefined);
    if (!this.isDirty) return true;
    this.#saving = this.#save().finally(() => (this.#saving = undefined));
    const isSaved = await this.#saving;
    if (this.isDirty) {
      this.#firstUnsaved = performance.now();
      this.#schedule(); // what came meanwhile, or waits for a transaction to end
    }
    return isSaved;
  }

  /** Saves nothing more by itself, and waits for what is being saved. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving?.catch(() => undefined);
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const { delay, onError } = this.#options;
    const waited = performance.now() - this.#firstUnsaved;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => void this.flush().catch(onError),
      Math.max(0, Math.min(delay, mostDelays * delay - waited)),
    );
  }

  async #save(): Promise<boolean> {
    const upTo = this.#changes;
    const image = this.#options.take();
    if (image === 'busy') return false;
    if (image !== 'unchanged') await this.#options.write(image);
    this.#saved = upTo;
    return true;
  }
}
