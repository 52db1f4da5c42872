import { describe, expect, it } from '@jest/globals';
import { type Architecture, deniedCalls, EPERM, seccompFilter } from './seccomp.js';

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003, arm: 0x40000028 } as const;
const SOCKET = { x64: 41, arm64: 198 } as const;
const SOCKETPAIR = { x64: 53, arm64: 199 } as const;
const CLONE = { x64: 56, arm64: 220 } as const;
const IOCTL = { x64: 16, arm64: 29 } as const;
const READ = { x64: 0, arm64: 63 } as const;
const ENOSYS = 38;

interface Call {
  readonly arch: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** What the kernel would do with the program: the few instructions that filters may use. */
function decide(program: Buffer, { arch, number, args = [] }: Call): 'allow' | 'kill' | number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(arch >>> 0, 4);
  for (const [index, value] of args.entries()) data.writeUInt32LE(value >>> 0, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const code = program.readUInt16LE(at * 8);
    const value = program.readUInt32LE(at * 8 + 4);
    const jump = (taken: boolean) => {
      at += program.readUInt8(at * 8 + (taken ? 2 : 3));
    };
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x15) jump(accumulator === value);
    else if (code === 0x35) jump(accumulator >= value);
    else if (code === 0x45) jump((accumulator & value) !== 0);
    else if (code === 0x06 && value === 0x7fff0000) return 'allow';
    else if (code === 0x06 && value === 0x80000000) return 'kill';
    else if (code === 0x06) return value & 0xffff;
    else throw new Error(`instruction ${at} has the unknown code ${code}`);
  }
  throw new Error('the program ended without an answer');
}

describe.each<Architecture>(['x64', 'arm64'])('system call filter on %s', (architecture) => {
  const program = seccompFilter({ architecture, unixSockets: false, errno: EPERM });
  const arch = ARCH[architecture];
  const answer = (number: number, ...args: readonly number[]) => decide(program, { arch, number, args });

  it('denies every call of the list and allows what programs live on', () => {
    for (const number of deniedCalls(architecture).values()) expect(answer(number)).toBe(EPERM);
    expect(answer(READ[architecture])).toBe('allow');
    expect(deniedCalls(architecture).size).toBeGreaterThan(50);
  });

  it('ends a process that calls by another interface of the kernel', () => {
    for (const other of [ARCH.i386, ARCH.arm, architecture === 'x64' ? ARCH.arm64 : ARCH.x64]) {
      expect(decide(program, { arch: other, number: READ[architecture] })).toBe('kill');
    }
    expect(answer(0x40000000 + READ[architecture])).toBe('kill');
  });

  it('allows internet sockets and no other family', () => {
    for (const family of [2, 10]) expect(answer(SOCKET[architecture], family, 1)).toBe('allow');
    for (const family of [0, 1, 16, 17, 38, 40]) expect(answer(SOCKET[architecture], family, 1)).toBe(EPERM);
  });

  it('allows pairs of stream sockets, but none that could be pointed elsewhere', () => {
    const close = 0o2000000;
    expect(answer(SOCKETPAIR[architecture], 1, 1 | close)).toBe('allow');
    expect(answer(SOCKETPAIR[architecture], 1, 2 | close)).toBe(EPERM);
  });

  it('lets processes and threads start, but no namespaces', () => {
    expect(answer(CLONE[architecture], 17)).toBe('allow');
    expect(answer(CLONE[architecture], 0x003d0f00)).toBe('allow');
    for (const flag of [0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(answer(CLONE[architecture], flag | 17)).toBe(EPERM);
    }
    expect(answer(435)).toBe(ENOSYS);
  });

  it('lets no one type into a terminal', () => {
    expect(answer(IOCTL[architecture], 0, 0x5413)).toBe('allow');
    expect(answer(IOCTL[architecture], 0, 0x5412)).toBe(EPERM);
    expect(answer(IOCTL[architecture], 0, 0x541c)).toBe(EPERM);
  });

  it('opens unix sockets for set-up and nothing else', () => {
    const setup = seccompFilter({ architecture, unixSockets: true, errno: EPERM });
    expect(decide(setup, { arch, number: SOCKET[architecture], args: [1] })).toBe('allow');
    expect(decide(setup, { arch, number: SOCKET[architecture], args: [16] })).toBe(EPERM);
    for (const number of deniedCalls(architecture).values()) expect(decide(setup, { arch, number })).toBe(EPERM);
  });
});
