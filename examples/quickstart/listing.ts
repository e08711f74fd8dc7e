import { readFileSync } from 'node:fs';
import type { Question } from './questions.js';

/** A question as it stands in the source. */
export interface Listing {
  readonly title: string;
  readonly code: string;
}

const source = readFileSync(new URL('./questions.ts', import.meta.url), 'utf8');

/** Reads a question's comment and body from its file, so that what is shown is what runs. */
export function listingOf(question: Question): Listing {
  const pattern = new RegExp(
    `/\\*\\* (.+) \\*/\nexport function ${question.name}\\(.*\\) {\n([^]+?)\n}\n`,
  );
  const [, title, body] = pattern.exec(source) ?? [];
  if (title === undefined || body === undefined)
    throw new Error(`${question.name} is not in questions.ts.`);
  return { title, code: body.replace(/^ {2}/gm, '') };
}
