// Adds the entries that npm leaves out of package-lock.json when a registry does not serve some other platform's
// optional binary. Without them `npm ci` calls the lockfile out of sync. Run after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const platforms = ['android', 'darwin', 'win32', 'freebsd', 'openharmony', 'linux'];
let added = 0;
for (const [at, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`${at}/node_modules/${name}`] || lock.packages[`node_modules/${name}`]) continue;
    const os = platforms.find((platform) => name.includes(platform));
    if (!os) continue;
    const cpu = name.match(/(arm64|x64|ia32|arm|ppc64|riscv64|s390x|loong64)/)?.[1];
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      ...(cpu && { cpu: [cpu] }),
      ...(entry.dev && { dev: true }),
      optional: true,
      os: [os],
      ...(os === 'linux' && { libc: [name.includes('musl') ? 'musl' : 'glibc'] }),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`lockfile: ${added} entries added\n`);
