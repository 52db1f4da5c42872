import { type Architecture, deniedCalls } from './seccomp.js';

// A program that makes system calls and tells what each answered, for the self-test. No runtime lets a script make any
// call it likes, and a compiler is not there where Signalbox is installed, so its few instructions are written here.

export interface Call {
  readonly name: string;
  readonly number: number;
  readonly args: readonly number[];
}

const BASE = 0x400000;
const HEADERS = 64 + 56;
/** Also right for kernels with large pages. */
const PAGE = 0x10000;
const CLONE_NEWUSER = 0x10000000;
const SIGCHLD = 17;
const AF = { unix: 1, netlink: 16, packet: 17, alg: 38, vsock: 40 } as const;
const SOCK_DGRAM = 2;
const TIOCSTI = 0x5412;

const NUMBERS = {
  x64: { socket: 41, socketpair: 53, clone: 56, ioctl: 16, getpid: 39, write: 1, exit: 231 },
  arm64: { socket: 198, socketpair: 199, clone: 220, ioctl: 29, getpid: 172, write: 64, exit: 94 },
} as const;

/** Calls that the filter must deny, with arguments that do no harm should it let one through. */
export function forbiddenCalls(architecture: Architecture, unixSockets: boolean): Call[] {
  const { socket, socketpair, clone, ioctl } = NUMBERS[architecture];
  const families = Object.entries(AF).filter(([family]) => family !== 'unix' || !unixSockets);
  return [
    ...[...deniedCalls(architecture)].map(([name, number]) => ({ name, number, args: HARMLESS[name] ?? [] })),
    ...families.map(([family, value]) => ({ name: `socket(${family})`, number: socket, args: [value, 1, 0] })),
    { name: 'socketpair(datagram)', number: socketpair, args: [AF.unix, SOCK_DGRAM, 0] },
    { name: 'ioctl(TIOCSTI)', number: ioctl, args: [0, TIOCSTI, 0] },
    // Last: a child of it would print all of it once more.
    { name: 'clone(new user namespace)', number: clone, args: [CLONE_NEWUSER | SIGCHLD, 0, 0] },
  ];
}

/** A pid that is nobody's instead of the caller. */
const HARMLESS: Readonly<Record<string, readonly number[]>> = { ptrace: [1, 0x7fffffff] };

/** The same call by another interface of the kernel, which must end the process. */
export function foreignCalls(architecture: Architecture): Call[] {
  return architecture === 'x64' ? [{ name: 'x32', number: 0x40000000 + NUMBERS.x64.getpid, args: [] }] : [];
}

export function getpid(architecture: Architecture): Call {
  return { name: 'getpid', number: NUMBERS[architecture].getpid, args: [] };
}

/** An executable that makes the calls and writes their results, eight bytes each, to its standard output. */
export function probeProgram(architecture: Architecture, calls: readonly Call[]): Buffer {
  const code = architecture === 'x64' ? codeX64(calls) : codeArm64(calls);
  const size = HEADERS + code.length;
  const header = Buffer.alloc(HEADERS);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(architecture === 'x64' ? 62 : 183, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const readable = 4 | 1;
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(readable, 68);
  header.writeBigUInt64LE(BigInt(BASE), 80);
  header.writeBigUInt64LE(BigInt(BASE), 88);
  header.writeBigUInt64LE(BigInt(size), 96);
  header.writeBigUInt64LE(BigInt(size), 104);
  header.writeBigUInt64LE(BigInt(PAGE), 112);
  return Buffer.concat([header, code]);
}

const word = (value: number): number[] => [value, value >>> 8, value >>> 16, value >>> 24].map((byte) => byte & 0xff);
const SYSCALL = [0x0f, 0x05];

function codeX64(calls: readonly Call[]): Buffer {
  const { write, exit } = NUMBERS.x64;
  const bytes = calls.length * 8;
  const registers = [0xbf, 0xbe, 0xba];
  const make = ({ number, args }: Call) => [
    ...[0xb8, ...word(number)],
    ...registers.flatMap((move, index) => [move, ...word(args[index] ?? 0)]),
    // The rest of the arguments: zero in r10, r8 and r9.
    ...[0x45, 0x31, 0xd2, 0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9],
    ...SYSCALL,
  ];
  return Buffer.from([
    ...[0x48, 0x81, 0xec, ...word(bytes)],
    ...calls.flatMap((call, index) => [...make(call), ...[0x48, 0x89, 0x84, 0x24, ...word(index * 8)]]),
    ...[0xb8, ...word(write), 0xbf, ...word(1), 0x48, 0x89, 0xe6, 0xba, ...word(bytes), ...SYSCALL],
    ...[0xb8, ...word(exit), 0x31, 0xff, ...SYSCALL],
  ]);
}

function codeArm64(calls: readonly Call[]): Buffer {
  const { write, exit } = NUMBERS.arm64;
  const bytes = Math.ceil(calls.length / 2) * 16;
  const NUMBER = 8;
  const CALL = 0xd4000001;
  const move = (register: number, value: number) => [
    (0x52800000 | ((value & 0xffff) << 5) | register) >>> 0,
    (0x72a00000 | ((value >>> 16) << 5) | register) >>> 0,
  ];
  const make = ({ number, args }: Call) => [
    ...move(NUMBER, number),
    ...[0, 1, 2, 3, 4, 5].flatMap((register) => move(register, args[register] ?? 0)),
    CALL,
  ];
  const instructions = [
    (0xd10003ff | (bytes << 10)) >>> 0,
    ...calls.flatMap((call, index) => [...make(call), (0xf90003e0 | (index << 10)) >>> 0]),
    ...[...move(NUMBER, write), ...move(0, 1), 0x910003e1, ...move(2, calls.length * 8), CALL],
    ...[...move(NUMBER, exit), ...move(0, 0), CALL],
  ];
  return Buffer.from(instructions.flatMap(word));
}
