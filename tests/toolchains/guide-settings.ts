import { readFileSync } from 'node:fs';
import { fencesOf } from '../../scripts/guide.js';

/** How decorators are compiled: as standard ones, as legacy ones, or as legacy ones with the types of the fields. */
export type Dialect = 'standard' | 'legacy' | 'metadata';

/** All of them. */
export const everyDialect: readonly Dialect[] = ['standard', 'legacy', 'metadata'];

const guide = readFileSync(new URL('../../docs/toolchains.md', import.meta.url), 'utf8');

/**
 * The files that a section of the guide shows, by name. Behind its language a block says which file it is, and for
 * which decorators where it is not for both: "```json .swcrc legacy".
 */
export function settingsOf(section: string, dialect: Dialect): Map<string, string> {
  const text = guide.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  if (text === undefined) throw new Error(`The guide has no section "${section}".`);
  const decorators = dialect === 'standard' ? 'standard' : 'legacy';
  const blocks = fencesOf(text).filter(({ flags: [file, only] }) => file && (only ?? decorators) === decorators);
  return new Map(
    blocks.map(({ flags: [file], text: block }) => [file!, dialect === 'legacy' ? withoutTypes(block) : block]),
  );
}

/** Legacy settings in the guide emit types as well; without them the same must work. */
const withoutTypes = (settings: string): string =>
  settings.replace(/,\s*"(emitDecoratorMetadata|decoratorMetadata)": true/, '');

/** The version, or the oldest one, that the guide's table says of a toolchain. */
export const versionInGuide = (name: string): string =>
  new RegExp(`^\\| \\[${name}\\]\\(.*?\\) ([\\d.]+) `, 'm').exec(guide)![1]!;
