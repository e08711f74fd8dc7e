import { noMemory } from './sqlite-wasm-failure.js';
import type { RawModule, SqliteFunctions } from './sqlite-wasm-module.js';

/** How large the stack is: enough for the values of nearly every statement. */
const stackSize = 64 * 1024;

/** Up to so many characters, a loop over ASCII text is faster than a call of the browser's encoder or decoder. */
const shortToEncode = 96;
const shortToDecode = 40;

/**
 * An array for the characters of each short text, for a text that is made of one array costs a third of one made bit by
 * bit.
 */
const characters = Array.from({ length: shortToDecode + 1 }, (_, length) => new Array<number>(length).fill(0));

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The memory of the WebAssembly, which SQLite and we see both, with a stack in it for what SQLite shall read during one
 * call.
 *
 * It moves whenever SQLite needs more: take `bytes` anew after every call of SQLite that may allocate.
 */
export class WasmMemory {
  /** Where the next value on the stack goes; put it back to where it was when the call is over. */
  top: number;
  readonly #end: number;
  readonly #memory: { readonly buffer: ArrayBuffer };
  readonly #sqlite: SqliteFunctions;
  #bytes: Uint8Array;

  constructor({ wasm }: RawModule) {
    this.#memory = wasm.memory;
    this.#sqlite = wasm.exports;
    this.#bytes = new Uint8Array(wasm.memory.buffer);
    this.top = this.allocate(stackSize);
    this.#end = this.top + stackSize;
  }

  /** Every byte of it. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer); // it moved and left nothing
    return this.#bytes;
  }

  /** Whether so many bytes fit on the stack. */
  hasRoomFor(size: number): boolean {
    return this.top + size <= this.#end;
  }

  /** The address of that many bytes, which are ours until `free`. */
  allocate(size: number): number {
    const address = this.#sqlite.sqlite3_malloc(size);
    if (address === 0) throw noMemory();
    return address;
  }

  free(address: number): void {
    this.#sqlite.sqlite3_free(address);
  }

  /**
   * Writes text to the top of the stack, which has three bytes of room for each character, and says how many it took.
   */
  pushText(text: string): number {
    const { bytes, top } = this;
    const { length } = text;
    let size = 0;
    if (length <= shortToEncode) {
      for (let code; size < length && (code = text.charCodeAt(size)) < 128; size++) bytes[top + size] = code;
    }
    if (size < length) size = encoder.encodeInto(text, bytes.subarray(top, this.#end)).written;
    this.top = top + size;
    return size;
  }

  /** Copies bytes to the top of the stack, which has room for them. */
  pushBytes(value: Uint8Array): void {
    this.bytes.set(value, this.top);
    this.top += value.length;
  }

  /** Text as SQLite keeps it. */
  encode(text: string): Uint8Array {
    return encoder.encode(text);
  }

  /** A copy of bytes in memory of their own. */
  store(value: Uint8Array): number {
    const address = this.allocate(value.length);
    this.bytes.set(value, address);
    return address;
  }

  /** Lends text to a function as SQLite takes it: the address and the length in bytes of what ends with a NUL. */
  lendText<Result>(text: string, use: (address: number, size: number) => Result): Result {
    const encoded = encoder.encode(`${text}\0`);
    const address = this.store(encoded);
    try {
      return use(address, encoded.length - 1);
    } finally {
      this.free(address);
    }
  }

  /** Lends room for numbers that SQLite writes. */
  lendWords<Result>(count: number, use: (address: number) => Result): Result {
    const address = this.allocate(count * 8);
    try {
      return use(address);
    } finally {
      this.free(address);
    }
  }

  /** The number that SQLite wrote to an address, of 32 bits. */
  readWord(address: number): number {
    return new DataView(this.#memory.buffer).getUint32(address, true);
  }

  readText(address: number, size: number): string {
    const { bytes } = this;
    const codes = characters[size];
    if (codes === undefined) return decoder.decode(bytes.subarray(address, address + size));
    for (let index = 0; index < size; index++) {
      const code = bytes[address + index]!;
      if (code > 127) return decoder.decode(bytes.subarray(address, address + size));
      codes[index] = code;
    }
    return String.fromCharCode.apply(null, codes);
  }

  /** The text up to its NUL. */
  readCString(address: number): string {
    return address === 0 ? '' : this.readText(address, this.bytes.indexOf(0, address) - address);
  }

  /** A copy of bytes. */
  readBytes(address: number, size: number): Uint8Array {
    return this.bytes.slice(address, address + size);
  }
}
