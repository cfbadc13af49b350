// What a log says while nothing is wrong: boot messages, drivers, daemons. Nothing here is a report.

import type { Random } from '../../tests/random.ts'

/** One line without its transport. `tag` is the program that wrote it; the kernel where there is none. */
export interface NoiseLine {
  tag?: string
  text: string
}

type Template = (random: Random) => NoiseLine

const address = (random: Random): string => `10.${random.below(256)}.${random.below(256)}.${random.between(1, 254)}`
const mac = (random: Random): string => Array.from({ length: 6 }, () => random.hex(2)).join(':')

/** What a running machine says all day. */
const kernelTemplates: readonly ((random: Random) => string)[] = [
  r =>
    `usb ${r.between(1, 4)}-${r.between(1, 9)}: new high-speed USB device number ${r.between(2, 120)} using xhci_hcd`,
  r => `usb 1-${r.between(1, 9)}: New USB device found, idVendor=${r.hex(4)}, idProduct=${r.hex(4)}, bcdDevice= 1.00`,
  r => `usb 1-${r.between(1, 9)}: Product: USB2.0 Hub [${r.hex(6)}]`,
  r => `usb 1-${r.between(1, 9)}: USB disconnect, device number ${r.between(2, 120)}`,
  r => `e1000e 0000:00:1f.6 eno1: NIC Link is Up ${r.pick([100, 1000])} Mbps Full Duplex, Flow Control: Rx/Tx`,
  r => `e1000e 0000:00:1f.6 eno1: NIC Link is Down (${r.below(900)})`,
  r =>
    `docker0: port ${r.between(1, 40)}(veth${r.hex(7)}) entered ${r.pick(['blocking', 'forwarding', 'disabled'])} state`,
  r => `device veth${r.hex(7)} entered promiscuous mode`,
  r =>
    `[UFW BLOCK] IN=eno1 OUT= MAC=${mac(r)}:${mac(r)}:08:00 SRC=${address(r)} DST=${address(r)} LEN=${r.between(40, 1400)} TOS=0x00 PREC=0x00 TTL=${r.between(30, 255)} ID=${r.below(65536)} DF PROTO=TCP SPT=${r.between(1024, 65535)} DPT=${r.pick([22, 23, 80, 443, 445, 3389])} WINDOW=${r.between(512, 65535)} RES=0x00 SYN URGP=0`,
  r =>
    `audit: type=1400 audit(17${r.below(1e8)}.${r.below(1000)}:${r.below(99999)}): apparmor="ALLOWED" operation="open" profile="/usr/sbin/cupsd" name="/etc/ssl/openssl.cnf" pid=${r.below(32768)} comm="cupsd" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`,
  r =>
    `audit: type=1131 audit(17${r.below(1e8)}.${r.below(1000)}:${r.below(9999)}): pid=1 uid=0 auid=4294967295 ses=4294967295`,
  r => `sd ${r.below(8)}:0:0:0: [sd${r.pick(['a', 'b', 'c'])}] Synchronizing SCSI cache`,
  r => `ACPI: \\_SB_.PCI0.LPCB.EC0_.BAT0: docking, level ${r.below(100)}`,
  r =>
    `perf: interrupt took too long (${r.between(2500, 9000)} > ${r.between(2500, 9000)}), lowering kernel.perf_event_max_sample_rate to ${r.between(10, 80)}000`,
  r => `wlan0: authenticate with ${mac(r)}`,
  r => `wlan0: RX AssocResp from ${mac(r)} (capab=0x${r.hex(4)} status=0 aid=${r.below(20)})`,
  r => `systemd[1]: Started Session ${r.below(99999)} of user operator.`,
  r => `loop${r.below(40)}: detected capacity change from 0 to ${r.below(1e6)}`,
]

/** What it says while it starts, or once in a while. */
const rareKernelTemplates: readonly ((random: Random) => string)[] = [
  () => 'IPv6: ADDRCONF(NETDEV_CHANGE): eno1: link becomes ready',
  r =>
    `EXT4-fs (sd${r.pick(['a', 'b'])}${r.between(1, 9)}): mounted filesystem with ordered data mode. Quota mode: none.`,
  r => `ata${r.between(1, 8)}: SATA link up 6.0 Gbps (SStatus 133 SControl 300)`,
  r => `ata${r.between(1, 8)}.00: configured for UDMA/133`,
  r => `nvme nvme0: ${r.between(1, 64)}/0/0 default/read/poll queues`,
  r => `pci 0000:${r.hex(2)}:${r.hex(2)}.0: [${r.hex(4)}:${r.hex(4)}] type 00 class 0x${r.hex(6)}`,
  r => `pci 0000:00:${r.hex(2)}.0: reg 0x10: [mem 0x${r.hex(8)}-0x${r.hex(8)} 64bit pref]`,
  r => `pci_bus 0000:${r.hex(2)}: resource 1 [mem 0x${r.hex(8)}-0x${r.hex(8)}]`,
  r => `BIOS-e820: [mem 0x${r.hex(16)}-0x${r.hex(16)}] ${r.pick(['usable', 'reserved', 'ACPI data'])}`,
  r => `smpboot: Booting Node 0 Processor ${r.between(1, 63)} APIC 0x${r.hex(2)}`,
  r => `clocksource: tsc: mask: 0xffffffffffffffff max_cycles: 0x${r.hex(11)}, max_idle_ns: 4407${r.below(1e8)} ns`,
  r => `intel_rapl_common: Found RAPL domain ${r.pick(['package', 'core', 'uncore', 'dram'])}`,
  r => `thermal thermal_zone${r.below(9)}: failed to read out thermal zone (-61)`,
  r => `iwlwifi 0000:00:14.3: Loaded firmware version: ${r.below(99)}.${r.hex(8)}.0 so-a0-gf-a0-${r.below(99)}.ucode`,
  r => `bluetooth hci0: Opcode 0x${r.hex(4)} failed: -16`,
  r =>
    `input: USB Keyboard as /devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/0003:${r.hex(4)}:${r.hex(4)}.0001/input/input${r.below(99)}`,
  r =>
    `hid-generic 0003:${r.hex(4)}:${r.hex(4)}.000${r.below(9)}: input,hidraw${r.below(9)}: USB HID v1.11 Mouse [Optical Mouse] on usb-0000:00:14.0-4/input0`,
  r => `xfs filesystem being mounted at /srv/data${r.below(99)} supports timestamps until 2038 (0x7fffffff)`,
  r => `TCP: request_sock_TCP: Possible SYN flooding on port ${r.below(65536)}. Sending cookies.  Check SNMP counters.`,
  r => `nfs: server nas${r.below(20)} ${r.pick(['not responding, still trying', 'OK'])}`,
  r => `drm: [drm:intel_dp_link ${r.hex(8)}] Link Training Unsuccessful`,
  r => `Freeing unused kernel image (initmem) memory: ${r.between(1000, 4000)}K`,
]

const daemonTemplates: readonly Template[] = [
  r => ({
    tag: `sshd[${r.below(32768)}]`,
    text: `Accepted publickey for deploy from ${address(r)} port ${r.below(65536)} ssh2: ED25519 SHA256:${r.hex(40)}`,
  }),
  r => ({
    tag: `sshd[${r.below(32768)}]`,
    text: `Failed password for invalid user admin from ${address(r)} port ${r.below(65536)} ssh2`,
  }),
  r => ({ tag: `CRON[${r.below(32768)}]`, text: '(root) CMD (   cd / && run-parts --report /etc/cron.hourly)' }),
  r => ({
    tag: 'systemd[1]',
    text: `${r.pick(['Started', 'Stopped', 'Reloading'])} ${r.pick(['Daily apt download activities', 'Network Time Service', 'Rotate log files', 'Certificate renewal'])}.`,
  }),
  r => ({ tag: `dhclient[${r.below(9999)}]`, text: `DHCPREQUEST for ${address(r)} on eno1 to ${address(r)} port 67` }),
  r => ({
    tag: `nginx[${r.below(9999)}]`,
    text: `${address(r)} - - "GET /api/v1/items/${r.below(1e6)}?page=${r.below(90)} HTTP/1.1" ${r.pick([200, 200, 200, 304, 404, 502])} ${r.below(90000)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
  }),
  r => ({
    tag: `dockerd[${r.below(9999)}]`,
    text: `time="2025-11-12T0${r.below(10)}:1${r.below(10)}:3${r.below(10)}.${r.below(1e9)}Z" level=info msg="ignoring event" container=${r.hex(64)} module=libcontainerd namespace=moby topic=/tasks/delete`,
  }),
  r => ({
    tag: `app[${r.below(9999)}]`,
    text: `{"level":"info","ts":17${r.below(1e8)}.${r.below(1e6)},"caller":"handler/orders.go:${r.below(900)}","msg":"order stored","id":"${r.hex(32)}","took_ms":${r.below(900)}}`,
  }),
  r => ({
    tag: `app[${r.below(9999)}]`,
    text: `WARN pool: connection ${r.below(500)} was idle for ${r.below(90)} s, closing; ${r.below(40)} left`,
  }),
  r => ({ tag: `postfix/smtpd[${r.below(9999)}]`, text: `connect from mail${r.below(50)}.example.org[${address(r)}]` }),
  r => ({
    tag: `kubelet[${r.below(9999)}]`,
    text: `I1112 0${r.below(10)}:1${r.below(10)}:00.${r.below(1e6)}    ${r.below(9999)} kubelet_volumes.go:163] "Cleaned up orphaned pod volumes dir" podUID="${r.hex(8)}-${r.hex(4)}-${r.hex(4)}"`,
  }),
  r => ({
    tag: 'NetworkManager[812]',
    text: `<info>  [17${r.below(1e8)}.${r.below(10000)}] dhcp4 (eno1): state changed extended -> bound, address=${address(r)}`,
  }),
]

/** Share of the kernel's lines that are of the rarer sort. */
const rareShare = 0.1

/** Share of lines that daemons write, where a log holds them beside the kernel's. */
const daemonShare = 0.6

export function noiseLine(random: Random, withDaemons: boolean): NoiseLine {
  if (withDaemons && random.below(1000) < daemonShare * 1000) return random.pick(daemonTemplates)(random)
  const rare = random.below(1000) < rareShare * 1000
  return { text: random.pick(rare ? rareKernelTemplates : kernelTemplates)(random) }
}
