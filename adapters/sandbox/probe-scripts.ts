// What the self-test runs inside sandboxes, and how its answers are judged. Each line of the answer is `<name> <value>`.

/** `$1` a file of the host that everybody may read. */
export const LOOK_AROUND = `
say() { echo "$1 $2"; }
say uid "$(id -u)"
for field in CapPrm CapEff CapBnd NoNewPrivs Seccomp; do say "$field" "$(sed -n "s/^$field:[[:space:]]*//p" /proc/self/status)"; done
for path in "$1" "/proc/1/root$1" "/proc/self/cwd/../$1" "/workspace/../$1"; do say canary "$(cat "$path" 2>/dev/null)"; done
for directory in / /usr /usr/bin /etc /opt /opt/signalbox /dev /sys /proc/sys/kernel /home /root /var; do
  ( : >"$directory/.signalbox-probe" ) 2>/dev/null && say wrote "$directory"
done
for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /etc/passwd /opt/signalbox/etc/passwd; do
  ( : >>"$file" ) 2>/dev/null && say wrote "$file"
done
for directory in /workspace /tmp; do ( : >"$directory/.signalbox-probe" ) && say writable "$directory"; done
for name in $(tr '\\0' '\\n' </proc/1/environ | cut -d= -f1) $(env | cut -d= -f1); do say env "$name"; done
for fd in /proc/self/fd/*; do n="\${fd##*/}"; [ "$n" -gt 2 ] && say fd "$(readlink "$fd")"; done
say processes "$(ls /proc | grep -c '^[0-9]')"
say interfaces "$(sed -n 's/^ *\\([a-z0-9]*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
unshare --user true 2>/dev/null && say userns made
for limit in 'Max cpu time' 'Max file size' 'Max data size' 'Max processes' 'Max core file size'; do
  say limit "$(sed -n "s/^\\($limit  *\\)\\([^ ]*\\).*/\\2/p" /proc/self/limits)"
done
say end end
`;

/** `argv[1]` a port that listens on the host. Says whether loopback works inside and whether the host can be reached. */
export const CONNECT = `
const net = require('node:net');
const dial = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 2000 }, () => { socket.destroy(); resolve('open'); });
  socket.on('error', (error) => resolve(error.code)).on('timeout', () => { socket.destroy(); resolve('timeout'); });
});
const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1', async () => {
  console.log('loopback ' + (await dial('127.0.0.1', server.address().port)));
  console.log('host ' + (await dial('127.0.0.1', Number(process.argv[1]))));
  console.log('address ' + (await dial('192.0.2.1', 443)));
  server.close();
});
`;

/** Allocates `argv[1]` MiB after 16, and touches nothing. */
export const ALLOCATE = `
console.log('small ' + new Uint8Array(16 << 20).length);
try { console.log('large ' + new Uint8Array(Number(process.argv[1]) << 20).length); } catch { console.log('large refused'); }
`;

/** Starts as many processes as `$1`, at once. */
export const FORK = `( i=0; while [ $i -lt "$1" ]; do sleep 5 & i=$((i+1)); done ) 2>/dev/null; echo "forks $?"`;

export type Answer = ReadonlyMap<string, readonly string[]>;

export function readAnswer(stdout: string): Answer {
  const answer = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 0) continue;
    const name = line.slice(0, space);
    answer.set(name, [...(answer.get(name) ?? []), line.slice(space + 1).trim()]);
  }
  return answer;
}
