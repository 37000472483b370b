import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = extname(fileURLToPath(import.meta.url));

/** The signer that a newcomer sees when he names none. */
export const referenceAdapter = fileURLToPath(new URL(`./reference/adapter${extension}`, import.meta.url));
