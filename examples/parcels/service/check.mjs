// Loads every source file: a syntax error, a missing file and an import of a name that nobody exports all fail here.
// The entry point is left out, because loading it starts the service.
import { readdirSync } from 'node:fs';

const sources = new URL('./src/', import.meta.url);
const files = readdirSync(sources).filter((file) => file.endsWith('.ts') && file !== 'main.ts');
for (const file of files) await import(new URL(file, sources).href);
console.log(`${files.length} source files load`);
