// The cables between the hosts of a bed: one bridge, a link for each host, and what goes wrong on them.
import { existsSync, writeFileSync } from 'node:fs';
import { must, run } from './run.ts';
import { type BedState, type HostState, hostStateOf } from './state.ts';

/** Machine's own address on the bridge, and the hosts' way out (which leads nowhere). */
export function gatewayOf(subnet: number): string {
  return `10.77.${subnet}.254`;
}

/** Address that a host has unless it is moved. */
export function firstAddress(subnet: number, index: number): string {
  return `10.77.${subnet}.${index}`;
}

/** Throws unless an address lies in the bed's subnet and is free. */
export function checkAddress(state: BedState, index: number, address: string): void {
  const last = Number(address.split('.')[3]);
  const inside = address === `10.77.${state.subnet}.${last}` && last >= 1 && last <= 253;
  if (!inside) throw new Error(`address ${address}: give h${index} one of 10.77.${state.subnet}.1 to .253`);
  const other = state.hosts.find((host) => host.address === address && host.index !== index);
  if (other) throw new Error(`address ${address} is h${other.index}'s: give h${index} another`);
}

export async function raiseBridge(subnet: number): Promise<void> {
  // Bridged frames would pass the machine's own firewall, which drops what it does not know.
  const filter = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (existsSync(filter)) writeFileSync(filter, '0');
  const bridge = bridgeOf(subnet);
  // Without a querier, snooping would one day stop multicast between the hosts.
  await must(['ip', 'link', 'add', bridge, 'type', 'bridge', 'mcast_snooping', '0']);
  await must(['ip', 'address', 'add', `${gatewayOf(subnet)}/24`, 'dev', bridge]);
  // Else a machine that routes would join two beds.
  writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/forwarding`, '0');
  await must(['ip', 'link', 'set', bridge, 'up']);
}

/** Joins a host that has power to the bridge, with the faults that its cable has. */
export async function joinNetwork(state: BedState, index: number, initPid: number): Promise<void> {
  const host = hostStateOf(state, index);
  const link = linkOf(state.subnet, index);
  const mac = macOf(state.subnet, index);
  const pair = `link add ${link} type veth peer name eth0 address ${mac} netns ${initPid}`;
  await ip([pair, `link set ${link} master ${bridgeOf(state.subnet)}`]);
  const inside = [`address add ${host.address}/24 dev eth0`, 'link set eth0 up'];
  await ip([...inside, `route add default via ${gatewayOf(state.subnet)}`], initPid);
  await restoreRules(initPid, [':SHOAL-BED -', '-A PREROUTING -i eth0 -j SHOAL-BED']);
  await applyFaults(state, index, initPid);
  if (!host.cut) await ip([`link set ${link} up`]);
}

/** Pulls or plugs the cable at the bridge. */
export async function setCable(subnet: number, index: number, position: 'up' | 'down'): Promise<void> {
  await ip([`link set ${linkOf(subnet, index)} ${position}`]);
}

/** Deletes a host's link; none is there any more when this returns. */
export async function removeLink(subnet: number, index: number): Promise<void> {
  // The kernel also deletes it in its own time once the host's namespace is gone.
  await run(['ip', 'link', 'delete', linkOf(subnet, index)]);
}

/** Deletes the bridge of a subnet and every link on it. */
export async function removeBridge(subnet: number): Promise<void> {
  const listed = await must(['ip', '-brief', 'link']);
  const names = listed.split('\n').map((line) => line.split(/[ @]/)[0] ?? '');
  const links = names.filter((name) => name.startsWith(`${bridgeOf(subnet)}h`));
  for (const name of [...links, bridgeOf(subnet)]) await run(['ip', 'link', 'delete', name]);
}

/**
 * Makes a host's losses and partitions what the state says. They are dropped where they arrive (dropping where
 * they leave would tell the sender, which no network does), by the sender's hardware address, which also covers
 * packets that a host forwards for its containers, and before connection tracking sees them.
 */
export async function applyFaults(state: BedState, index: number, initPid: number): Promise<void> {
  // Naming the chain empties it; nothing else of the table is touched.
  await restoreRules(initPid, [':SHOAL-BED -', ...faultRules(state, hostStateOf(state, index))]);
}

async function restoreRules(initPid: number, lines: string[]): Promise<void> {
  const input = ['*raw', ...lines, 'COMMIT', ''].join('\n');
  const tools = ['iptables-restore', ...(existsSync('/proc/net/if_inet6') ? ['ip6tables-restore'] : [])];
  const enter = ['nsenter', '--target', String(initPid), '--net'];
  for (const tool of tools) await must([...enter, tool, '--noflush'], { input });
}

function faultRules(state: BedState, host: HostState): string[] {
  const deaf = state.hosts.filter((other) => other !== host && !hears(state.groups, host.index, other.index));
  const rules = deaf.map((other) => `-m mac --mac-source ${macOf(state.subnet, other.index)} -j DROP`);
  if (host.loss > 0) rules.push(`-m statistic --mode random --probability ${host.loss} -j DROP`);
  return rules.map((rule) => `-A SHOAL-BED ${rule}`);
}

function hears(groups: number[][], one: number, other: number): boolean {
  const grouped = (index: number) => groups.some((group) => group.includes(index));
  const together = groups.some((group) => group.includes(one) && group.includes(other));
  return together || !grouped(one) || !grouped(other);
}

async function ip(lines: string[], initPid?: number): Promise<void> {
  const inside = initPid === undefined ? [] : ['nsenter', '--target', String(initPid), '--net'];
  await must([...inside, 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

function bridgeOf(subnet: number): string {
  return `shoal${subnet}`;
}

function linkOf(subnet: number, index: number): string {
  return `shoal${subnet}h${index}`;
}

/** The same after every power on, so that the other hosts' rules and caches stay true. */
function macOf(subnet: number, index: number): string {
  return `02:77:00:00:${hex(subnet)}:${hex(index)}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
