// What the hardware reports of itself: machine checks, EDAC, PCIe AER, APEI/GHES, NMIs.

import type { KindRow } from '../row.ts'

/** Lines of one machine check: print_mce(), mce_amd.c, 2.4's banks. */
const machineCheckLines =
  /^(?:mce: )?\[Hardware Error\]: |^mce: |^(?:TSC|RIP|ADDR|MISC|PROCESSOR) |^Bank \d+: |^CPU \d+: Machine Check|^This is not a software|^Run (?:the above )?through /
/** Lines about a PCI function that are no new message of the root port. */
const functionLines = /^\S+ [0-9a-f:.]{7,}: (?!(?:AER|PCIe AER): (?:Multiple )?(?:Corr|Uncorr|Fatal|Non))/

export const hardware: readonly KindRow[] = [
  {
    // arch/x86/kernel/cpu/mce/core.c print_mce(); before 3.x "CPU 0: Machine Check Exception: 4 Bank 4: …", 2.4 "CPU 0: Machine Check Exception: 0000000000000004"
    kind: 'machine-check',
    severity: 'hardware',
    opens:
      /^(?:mce: )?(?:\[Hardware Error\]: |HARDWARE ERROR\s*)?(?:CPU ?(?<cpu>\d+): ?Machine Check(?: Exception)?: *(?<code>[0-9a-f]+)|HARDWARE ERROR$|Machine check events logged|CPU \d+: Machine Check Exception|MCE: Killing )|^mce: (?:\[Hardware Error\]: (?<what>.{5,})|Uncorrected hardware memory error in )/,
    needles: [
      'Machine Check',
      'HARDWARE ERROR',
      'Machine check events',
      'mce: [Hardware Error]',
      'MCE: Killing ',
      'mce: Uncorrected hardware',
    ],
    title: 'Machine check exception',
    trace: 'maybe',
    more: machineCheckLines,
    line: true,
    example: 'mce: [Hardware Error]: CPU 2: Machine Check Exception: 5 Bank 6: be00000000800400',
  },
  {
    // arch/powerpc/kernel/traps.c, arch/powerpc/kernel/mce.c; arch/mips "Cache error exception"; parisc HPMC; sparc
    kind: 'machine-check',
    severity: 'hardware',
    opens:
      /^(?:MCE: CPU ?\d+: .{0,8}(?:machine check|Machine check)|(?:Severe|Harmless|Recoverable|Fatal|Warning|Disabling|Effective) Machine check interrupt|Machine check in (?:kernel|user) mode|Cache error exception)/,
    needles: ['MCE: CPU', 'Machine check in', 'achine check interrupt', 'Cache error exception'],
    title: 'Machine check exception',
    trace: 'maybe',
    confirm: true,
    example: 'Machine check in kernel mode.',
  },
  {
    kind: 'edac',
    severity: 'hardware',
    opens: /^EDAC (?:MC|\S+ MC)\d+: (?:(?<count>\d+) )?(?:CE|corrected) /,
    needles: ['EDAC '],
    title: 'EDAC corrected error',
    trace: 'never',
    line: true,
    example:
      'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x1a2b3c offset:0x40 grain:32)',
  },
  {
    kind: 'edac',
    severity: 'hardware',
    opens: /^EDAC (?:MC|\S+ MC)\d+: (?:(?<count>\d+) )?(?:UE|uncorrected|UNCORRECTED) /,
    needles: ['EDAC '],
    title: 'EDAC uncorrected error',
    trace: 'never',
    line: true,
    example: 'EDAC MC0: 1 UE Memory Read at mc#0csrow#2channel#0',
  },
  {
    kind: 'edac',
    severity: 'hardware',
    opens: /^EDAC (?:PCI|DEVICE)\d*:? .{0,40}(?:[Pp]arity|[Ee]rror|CE|UE)/,
    needles: ['EDAC '],
    title: 'EDAC device error',
    trace: 'never',
    line: true,
    example: 'EDAC PCI: Signaled System Error on 0000:00:00.0',
  },
  {
    // drivers/pci/pcie/aer.c aer_print_port_info(), aer_print_error()
    kind: 'pcie-aer',
    severity: 'hardware',
    opens:
      /^(?:pcieport|pcie_port|pci) (?<port>[0-9a-f:.]+): (?:AER|PCIe AER): (?:Multiple )?(?<how>Corrected|Correctable|Uncorrected \(Non-Fatal\)|Uncorrectable \(Non-Fatal\)|Uncorrected \(Fatal\)|Uncorrectable \(Fatal\)|Fatal|Non-Fatal) error (?:message )?received/,
    needles: ['AER: '],
    title: 'PCIe AER {aer} error',
    trace: 'never',
    more: functionLines,
    line: true,
    example: 'pcieport 0000:00:1c.0: AER: Corrected error received: 0000:00:1c.0',
  },
  {
    kind: 'pcie-aer',
    severity: 'hardware',
    opens:
      /^\S+ (?<port>[0-9a-f]{4}:[0-9a-f:.]+): (?:AER: )?PCIe Bus Error: severity=(?<how>Corrected|Correctable|Uncorrected \(Non-Fatal\)|Uncorrectable \(Non-Fatal\)|Uncorrected \(Fatal\)|Uncorrectable \(Fatal\))/,
    needles: ['PCIe Bus Error'],
    title: 'PCIe AER {aer} error',
    trace: 'never',
    more: functionLines,
    line: true,
    example: 'pcieport 0000:00:1c.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)',
  },
  {
    // drivers/pci/pcie/dpc.c dpc_process_error(): the port below an error was shut
    kind: 'pcie-aer',
    severity: 'hardware',
    opens: /^(?:pcieport|pcie_port|pci) (?<port>[0-9a-f:.]+): DPC: containment event/,
    needles: ['DPC: containment event'],
    title: 'PCIe DPC containment event',
    trace: 'never',
    more: functionLines,
    line: true,
    example: 'pcieport 0000:00:1d.0: DPC: containment event, status:0x1f01 source:0x0000',
  },
  {
    // drivers/acpi/apei/bert.c bert_print_all(): what the firmware kept of the last boot
    kind: 'hardware-error',
    severity: 'hardware',
    opens: /^BERT: Error records from previous boot:/,
    needles: ['BERT: Error records'],
    title: 'APEI hardware error of the previous boot',
    trace: 'never',
    line: true,
    more: /^\[Hardware Error\]: /,
    example: 'BERT: Error records from previous boot:',
  },
  {
    // drivers/acpi/apei/ghes.c __ghes_print_estatus(); drivers/firmware/efi/cper.c
    kind: 'hardware-error',
    severity: 'hardware',
    opens:
      /^(?:\{\d+\})?\[Hardware Error\]: (?:Hardware error from APEI Generic Hardware Error Source: \d+|event severity: \w+)/,
    needles: ['[Hardware Error]'],
    title: 'APEI hardware error',
    trace: 'never',
    more: /^(?:\{\d+\})?\[Hardware Error\]: /,
    line: true,
    example: '{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0',
  },
  {
    // drivers/edac/mce_amd.c amd_decode_mce(): "[Hardware Error]: Corrected error, no action required."
    kind: 'machine-check',
    severity: 'hardware',
    opens:
      /^\[Hardware Error\]: (?<what>(?:Corrected|Uncorrected|Deferred|System Fatal|Machine [Cc]heck|MC\d|CPU \d).{3,})/,
    needles: ['[Hardware Error]'],
    title: 'Machine check exception',
    trace: 'never',
    more: machineCheckLines,
    line: true,
    example: '[Hardware Error]: Corrected error, no action required.',
  },
  {
    // arch/x86/kernel/nmi.c
    kind: 'hardware-error',
    severity: 'hardware',
    opens:
      /^(?:Uhhuh\. NMI received(?: for unknown reason (?<reason>[0-9a-f]+) on CPU (?<cpu>\d+))?|NMI: (?:PCI system error \(SERR\)|IOCK error|Not continuing))/,
    needles: ['Uhhuh. NMI', 'NMI: PCI system', 'NMI: IOCK', 'NMI: Not continuing'],
    title: 'NMI for unknown reason',
    trace: 'maybe',
    line: true,
    more: /^(?:Do you have|Dazed and confused|NMI: )/,
    example: 'Uhhuh. NMI received for unknown reason 21 on CPU 0.',
  },
  {
    // mm/memory-failure.c
    kind: 'hardware-error',
    severity: 'hardware',
    opens: /^(?:Memory failure: 0x(?<pfn>[0-9a-f]+): |MCE 0x[0-9a-f]+: (?=\S))(?<what>.{3,})/,
    needles: ['Memory failure: 0x', 'MCE 0x'],
    title: 'memory failure',
    trace: 'never',
    line: true,
    example: 'Memory failure: 0x1a2b3c: recovery action for dirty LRU page: Recovered',
  },
  {
    // kernel/irq/spurious.c __report_bad_irq(); in 2.4 and 2.6 before genirq in arch/*/kernel/irq.c, with "!" and no hint
    kind: 'spurious-interrupt',
    severity: 'hardware',
    opens: /^irq (?:event )?(?<irq>\d+): (?:nobody cared|bogus return value (?<value>[0-9a-f]+))/,
    needles: [': nobody cared', ': bogus return value '],
    title: ['spurious interrupt, not for {handler}', 'spurious interrupt'],
    details: [
      /^\[<[0-9a-fx]+>\] (?:irq_default_primary_handler.{0,20} threaded \[<[0-9a-fx]+>\] )?(?<handler>[A-Za-z_]\w*)(?: |$)/,
      /^\[<[0-9a-fx]+>\] \((?<handler>[A-Za-z_]\w*)\+0x0/,
    ],
    more: /^handlers:|^\[<[0-9a-fx]+>\]|^Disabling IRQ #/,
    example: 'irq 16: nobody cared (try booting with the "irqpoll" option)',
    also: ['irq 11: nobody cared!', 'irq event 19: bogus return value ffffffea'],
  },
]
