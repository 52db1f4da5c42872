// The seccomp filter of every sandbox, as a BPF program that bubblewrap loads. Pure.

export type Architecture = 'x64' | 'arm64';

export interface FilterOptions {
  readonly architecture: Architecture;
  /** Only the set-up profile may use unix sockets: its way to the package registries is one. */
  readonly unixSockets: boolean;
  /** What a denied call answers. The self-test marks its copy of the filter with a number of its own. */
  readonly errno: number;
}

export const EPERM = 1;
const ENOSYS = 38;

/** Number of each denied call: [x86_64, aarch64]; undefined where the architecture has no such call. */
const DENIED: Readonly<Record<string, readonly [number | undefined, number | undefined]>> = {
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  move_mount: [429, 429],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  fanotify_init: [300, 262],
  lookup_dcookie: [212, 18],
  memfd_secret: [447, 447],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  modify_ldt: [154, undefined],
  uselib: [134, undefined],
};

const CALLS = {
  x64: { arch: 0xc000003e, socket: 41, socketpair: 53, clone: 56, clone3: 435, ioctl: 16 },
  arm64: { arch: 0xc00000b7, socket: 198, socketpair: 199, clone: 220, clone3: 435, ioctl: 29 },
} as const;

/** Numbers from here on are the x32 interface, a second door to the same calls. */
const X32 = 0x40000000;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NAMESPACES = 0x7e020000;
const AF = { unix: 1, inet: 2, inet6: 10 } as const;
const SOCK_TYPE_MASK = 0xf;
const SOCK_DGRAM = 2;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const ERRNO = 0x00050000;

const OFFSET_NUMBER = 0;
const OFFSET_ARCH = 4;
const offsetOfArgument = (index: number) => 16 + 8 * index;

const LOAD = 0x20;
const AND = 0x54;
const RETURN = 0x06;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
const answer = (action: number): Instruction => [RETURN, 0, 0, action];

/** Runs `body`, which must return, when the loaded word equals `value`. */
const when = (value: number, body: readonly Instruction[]): Instruction[] => [
  [JUMP_EQUAL, 0, body.length, value],
  ...body,
];

/** Names of the calls that the filter denies whatever their arguments, with their numbers here. */
export function deniedCalls(architecture: Architecture): ReadonlyMap<string, number> {
  const column = architecture === 'x64' ? 0 : 1;
  const known = Object.entries(DENIED).map(([name, numbers]) => [name, numbers[column]] as const);
  return new Map(known.filter((entry): entry is readonly [string, number] => entry[1] !== undefined));
}

/** The filter as an array of `struct sock_filter` in this machine's byte order. */
export function seccompFilter({ architecture, unixSockets, errno }: FilterOptions): Buffer {
  const calls = CALLS[architecture];
  const deny = answer(ERRNO | errno);
  const allow = answer(ALLOW);
  const families = unixSockets ? [AF.inet, AF.inet6, AF.unix] : [AF.inet, AF.inet6];
  return assemble([
    load(OFFSET_ARCH),
    [JUMP_EQUAL, 1, 0, calls.arch],
    answer(KILL_PROCESS),
    load(OFFSET_NUMBER),
    [JUMP_GREATER_OR_EQUAL, 0, 1, X32],
    answer(KILL_PROCESS),
    ...[...deniedCalls(architecture).values()].flatMap((number) => when(number, [deny])),
    // Its flags are behind a pointer that no filter can follow; the C library falls back to clone.
    ...when(calls.clone3, [answer(ERRNO | ENOSYS)]),
    ...when(calls.clone, [load(offsetOfArgument(0)), [JUMP_ANY_BIT, 0, 1, CLONE_NAMESPACES], deny, allow]),
    ...when(calls.socket, [load(offsetOfArgument(0)), ...families.flatMap((family) => when(family, [allow])), deny]),
    // A pair of datagram sockets could still be pointed at any unix socket by address.
    ...when(calls.socketpair, [
      load(offsetOfArgument(1)),
      [AND, 0, 0, SOCK_TYPE_MASK],
      ...when(SOCK_DGRAM, [deny]),
      allow,
    ]),
    ...when(calls.ioctl, [load(offsetOfArgument(1)), ...when(TIOCSTI, [deny]), ...when(TIOCLINUX, [deny]), allow]),
    allow,
  ]);
}

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
