import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FindProgram, findProgram, inCache, MINUTE, run, type Source } from './programs.js';

// Finds Temporal's time-skipping test server, or brings it into the cache. Tests of what takes weeks run on it.

const VERSION = '1.38.0';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>signalbox</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
/** It lives for one test: a quick start is worth more than quick code. */
const WRAPPER = `#!/bin/sh
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx1g -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

const SOURCES: readonly Source[] = [
  { name: 'the cache', find: (cacheDir) => working(programOf(cachedHome(cacheDir))) },
  { name: "the Temporal SDK's download", find: fromSdk, wait: 'fetching the time-skipping test server' },
  {
    name: `io.temporal:temporal-test-server:${VERSION} by Maven`,
    find: fromMaven,
    wait: 'fetching the time-skipping test server as a Java program, by Maven',
  },
];

/** The path of a program that takes a port and `--enable-time-skipping`. Throws one error that lists every attempt. */
export async function findTestServer(options: FindProgram): Promise<string> {
  const remedies = [
    'install a Java runtime (11 or newer) and Maven, so that `mvn --version` works',
    `put the program at ${programOf(cachedHome(options.cacheDir))}`,
  ];
  return findProgram({ what: 'The time-skipping test server', sources: SOURCES, remedies }, options);
}

function cachedHome(cacheDir: string): string {
  return join(cacheDir, `temporal-test-server-${VERSION}`);
}

function programOf(home: string): string {
  return join(home, 'temporal-test-server');
}

/** Without a port it says how it wants to be called, and ends. */
async function working(program: string): Promise<string> {
  const said = await run('/bin/sh', ['-c', '"$0" 2>&1', program], MINUTE);
  if (!said.includes('--enable-time-skipping')) throw new Error(`${program} is another program: it answered ${said}`);
  return program;
}

/** The SDK can only download by starting a server; that happens in a process of its own, so that it can be ended. */
async function fromSdk(cacheDir: string): Promise<string> {
  const program = `import { TestWorkflowEnvironment } from '@temporalio/testing';
const executable = { type: 'cached-download', downloadDir: process.argv[1] };
const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }).catch((error) => {
  console.error(String(error.message).split('client error ').pop());
  process.exit(1);
});
await env.teardown();`;
  return bring(cacheDir, async (home) => {
    // It is seconds where it works at all.
    await run(process.execPath, ['--input-type=module', '-e', program, home], MINUTE, { cwd: import.meta.dirname });
    const file = (await readdir(home)).find((name) => name.startsWith('temporal-test-server'));
    if (!file) throw new Error('the download left no program behind');
    await rename(join(home, file), programOf(home));
  });
}

async function fromMaven(cacheDir: string): Promise<string> {
  return bring(cacheDir, async (home) => {
    await run('java', ['-version'], MINUTE);
    await writeFile(join(home, 'pom.xml'), POM);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(home, 'lib')}`];
    await run('mvn', ['--quiet', '--batch-mode', '--file', join(home, 'pom.xml'), ...goal], 5 * MINUTE);
    await writeFile(programOf(home), WRAPPER);
  });
}

/** Lets `fetch` fill a directory, then moves it into the cache in one step: two processes may do so at once. */
async function bring(cacheDir: string, fetch: (home: string) => Promise<void>): Promise<string> {
  return inCache(cacheDir, async (directory) => {
    const home = join(directory, 'home');
    await mkdir(home);
    await fetch(home);
    await chmod(programOf(home), 0o755);
    await working(programOf(home));
    const cached = cachedHome(cacheDir);
    // Whoever was first has put the same there.
    await rename(home, cached).catch(() => working(programOf(cached)));
    return programOf(cached);
  });
}
